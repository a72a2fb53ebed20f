<?php

/** A script that does as the event of its request says. Its outcome is that after the push at its end. */

declare(strict_types=1);

require __DIR__ . '/../streamgauge.php';

$event = json_decode((string) file_get_contents(PHP_SAPI === 'cli' ? 'php://stdin' : 'php://input'), true);
$result = ['echo' => $event['echo'] ?? null, 'settled' => []];
$m = new Streamgauge\Metrics();
register_shutdown_function(static function () use ($m, &$result): void {
    $result['pushed'] = $m->dropped === [];
    $outcome = json_encode(['result' => $result, 'dropped' => (object) $m->dropped]);
    if (PHP_SAPI === 'cli') {
        echo $outcome;
    } else {
        file_put_contents($_SERVER['OUTCOME'] . '.new', $outcome);
        rename($_SERVER['OUTCOME'] . '.new', $_SERVER['OUTCOME']);
    }
});
foreach ($event['samples'] ?? [] as [$type, $name, $value, $labels]) {
    $m->$type($name, ['NaN' => NAN, 'Infinity' => INF][$value] ?? $value, $labels);
}
if (isset($event['describe'])) {
    $m->describe($event['describe'], help: 'a "quoted" text', buckets: [0.5, 2]);
}
foreach ($event['pushes'] ?? [] as $key) {
    $result['settled'][] = $m->push($key);
}

<?php

/** A script that does as the event of its request says. Its outcome is that after the push at its end. */

declare(strict_types=1);

require __DIR__ . '/../streamgauge.php';

$event = json_decode((string) file_get_contents(PHP_SAPI === 'cli' ? 'php://stdin' : 'php://input'), true);
$result = ['echo' => $event['echo'] ?? null, 'settled' => []];
$m = new Streamgauge\Metrics();

set_error_handler(static function (int $level, string $message) use (&$result): bool {
    $result['echo'] = (error_reporting() & $level) !== 0 ? $message : $result['echo']; // a page would show it
    return true;
});

$collect = static function () use ($m, $event): void {
    foreach ($event['samples'] ?? [] as [$type, $name, $value, $labels]) {
        $m->$type($name, ['NaN' => NAN, 'Infinity' => INF][$value] ?? $value, $labels);
    }
};

$report = static function () use ($m, &$result): void {
    $result['pushed'] = $m->dropped === [];
    $outcome = json_encode(['result' => $result, 'dropped' => (object) $m->dropped]);
    if (PHP_SAPI === 'cli') {
        echo $outcome;
    } else {
        file_put_contents($_SERVER['OUTCOME'] . '.new', $outcome);
        rename($_SERVER['OUTCOME'] . '.new', $_SERVER['OUTCOME']);
    }
};

// As the error handler of a framework, which still prints and counts at the end.
register_shutdown_function(static function () use ($event, $collect, $report): void {
    if (PHP_SAPI !== 'cli') {
        echo 'last words';
    }
    if (isset($event['misuse'])) {
        $collect();
    }
    register_shutdown_function($report);
});

if (isset($event['misuse'])) { // give the client what it cannot take
    foreach ([null, 'text', "two\nlines", '', [], new stdClass(), NAN] as $value) {
        $m->counter((string) json_encode($value), $value, ['' => $value]);
        $m->gauge('depth', 1, ['text' => $value]);
        $m->describe('depth', help: "\xff", buckets: [$value]);
    }
    (new Streamgauge\Metrics(url: '://', key: "two\nlines", tenant: "\0", labels: ['' => 1], timeout: -1.0))->push();
    $m->push('two words');
} else {
    $collect();
}
if (isset($event['describe'])) {
    $m->describe($event['describe'], help: 'a "quoted" text', buckets: [0.5, 2]);
}
foreach ($event['pushes'] ?? [] as $key) {
    $result['settled'][] = $m->push($key);
}

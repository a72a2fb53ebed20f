<?php

/** Runs one script an invocation, as PHP does: an event on a line of standard input, its outcome on a line of standard output. */

declare(strict_types=1);

if (($argv[1] ?? '') !== 'invoke') {
    while (($line = fgets(STDIN)) !== false) {
        $process = proc_open([PHP_BINARY, __FILE__, 'invoke'], [['pipe', 'r'], ['pipe', 'w'], STDERR], $pipes);
        fwrite($pipes[0], $line);
        fclose($pipes[0]);
        echo trim(stream_get_contents($pipes[1])), "\n";
        proc_close($process);
    }
    exit;
}

require __DIR__ . '/../streamgauge.php';

$event = json_decode((string) fgets(STDIN), true);
$m = new Streamgauge\Metrics();
$outcome = ['result' => ['echo' => $event['echo'] ?? null]];
foreach ($event['samples'] ?? [] as [$type, $name, $value, $labels]) {
    $m->$type($name, ['NaN' => NAN, 'Infinity' => INF][$value] ?? $value, $labels);
}
foreach ($event['pushes'] ?? [] as $key) {
    $outcome['result']['settled'][] = $m->push($key);
}
$outcome['result']['pushed'] = $m->push();
$outcome['dropped'] = (object) $m->dropped;
echo json_encode($outcome), "\n";

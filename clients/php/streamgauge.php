<?php

declare(strict_types=1);

namespace Streamgauge;

/**
 * Sends metrics to Streamgauge when the request or script ends. Copy this file; it needs PHP 8.1 with curl.
 *
 *     $m = new Metrics(); // STREAMGAUGE_URL, _KEY, _TENANT, _LABELS and _TIMEOUT, or named arguments
 *     $m->counter('orders_total', 1, ['region' => 'eu']);
 *
 * Under PHP-FPM the visitor gets the response first. A push never throws, and takes at most the timeout. How it
 * behaves when the server does not answer: clients/README.md.
 */
final class Metrics
{
    private const MAX_BYTES = 1_000_000; // of samples as JSON, less than 10,000; the server takes 1 MiB with descriptions
    private const MAX_VALUES = 1_000; // of one histogram or summary sample
    private const MAX_IDLE_SECONDS = 30; // of a connection
    private const MAX_RETRY_AFTER_SECONDS = 600;
    private const MAX_ANSWER_BYTES = 64 * 1024;
    private const URL = '~^\s*(https?://[^/?#\s]+[^?#\s]*?)/*(\?[^#\s]*)?\s*$~iD';

    public array $dropped = []; // number of samples by reason
    private array $unreported = []; // those of them that the server does not know of
    private array $samples = []; // oldest first, by series; by number if they take no more values
    private array $descriptions = []; // by the name of the metric
    private int $bytes = 0; // at most what the samples take as JSON
    private array $headers;
    private ?\CurlHandle $curl = null;
    private int $lastUse = 0; // of the connection
    private mixed $markFile = null; // see updateMark
    private array $logged = []; // when the last line of each kind was logged

    /** Arguments win over the environment. $labels are those of all samples, $timeout is in seconds. */
    public function __construct(
        private ?string $url = null,
        ?string $key = null,
        ?string $tenant = null,
        private ?array $labels = null,
        private ?float $timeout = null,
    ) {
        $seconds = static fn ($value) => is_numeric($value) && $value > 0 && $value <= 60 ? (float) $value : null;
        $bearer = static fn ($value) => preg_filter('/^\s*([!-~]+)\s*$/D', 'Authorization: Bearer $1', $value);
        $scope = static fn ($value) => preg_filter('/^\s*([!-~]+)\s*$/D', 'X-Scope-OrgID: $1', $value);
        $endpoint = static fn ($value) => preg_filter(self::URL, '$1/api/v1/metrics$2', $value);
        $this->timeout = $this->setting('TIMEOUT', $timeout, $seconds, 'above 0 and at most 60 seconds') ?? 1.0;
        $this->labels = $this->setting('LABELS', $labels, self::toLabels(...), 'like region=eu,env=test') ?? [];
        $key = $this->setting('KEY', $key, $bearer, 'visible ASCII characters');
        $tenant = $this->setting('TENANT', $tenant, $scope, 'visible ASCII characters');
        $this->headers = array_filter(['Content-Type: application/json', 'Expect:', $key, $tenant]);
        $url = $this->setting('URL', $url, $endpoint, 'like https://metrics.example.com');
        $this->url = extension_loaded('curl') ? $url : null;
        if ($this->url === null) {
            $this->warn('off', 'no URL to push to, or no curl extension; metrics are not sent');
        } else {
            // After the functions that are registered until then, which may still print and count.
            register_shutdown_function(fn () => register_shutdown_function($this->pushAtTheEnd(...)));
        }
    }

    /** Adds to a counter. */
    public function counter(string $name, mixed $value = 1, array $labels = []): void
    {
        $this->collect('counter', $name, $value, $labels);
    }

    /** Sets a gauge; the value carries the time of this call. */
    public function gauge(string $name, mixed $value, array $labels = []): void
    {
        $this->collect('gauge', $name, $value, $labels);
    }

    /** Observes a value, to be counted in buckets. */
    public function histogram(string $name, mixed $value, array $labels = []): void
    {
        $this->collect('histogram', $name, $value, $labels);
    }

    /** Observes a value, to be shown as quantiles. */
    public function summary(string $name, mixed $value, array $labels = []): void
    {
        $this->collect('summary', $name, $value, $labels);
    }

    /** Describes a metric. The server takes this from the first sample that it ever sees. */
    public function describe(
        string $name,
        ?string $help = null,
        ?string $unit = null,
        ?array $buckets = null,
        ?array $quantiles = null,
    ): void {
        try {
            (static fn (float ...$numbers) => $numbers)(...$buckets ?? [], ...$quantiles ?? []); // throws a TypeError
            $description = array_filter(compact('help', 'unit', 'buckets', 'quantiles'));
            json_encode($description, JSON_THROW_ON_ERROR);
            $this->descriptions[$name] = $description;
        } catch (\Throwable) {
            $this->warn('description', "description of $name ignored: it takes UTF-8 texts and lists of numbers");
        }
    }

    /**
     * Sends what was collected. True if the server has taken all of it. With the id of a message as $key, samples that
     * depend on that message alone count once, however often it is delivered within 10 minutes.
     */
    public function push(?string $key = null): bool
    {
        $deadline = hrtime(true) / 1e9 + $this->timeout;
        try {
            return $this->url !== null && $this->pushAll($key, $deadline);
        } catch (\Throwable $e) {
            $this->warn('failed', 'push failed: ' . $e::class);
            return false;
        }
    }

    private function pushAtTheEnd(): void
    {
        try {
            if ($this->samples !== []) {
                if (function_exists('fastcgi_finish_request')) {
                    fastcgi_finish_request();
                }
                $this->push();
            }
            if ($this->unreported !== []) {
                $this->updateMark(fn ($mark) => ['dropped' => self::sum($mark['dropped'], $this->unreported)] + $mark);
            }
        } catch (\Throwable $e) { // of an error handler of the script
            $this->warn('failed', 'push failed: ' . $e::class);
        }
    }

    private function collect(string $type, string $name, mixed $value, array $labels): void
    {
        if ($this->url === null) {
            return;
        }
        $texts = self::toLabels($labels);
        $problem = match (true) {
            (!is_int($value) && !is_float($value)) || !is_finite($value) => 'not a finite number',
            preg_match('/^[a-zA-Z_:][a-zA-Z0-9_:]*$/D', $name) !== 1 => 'not the name of a metric',
            $type === 'counter' && $value < 0 => 'a counter cannot decrease',
            $texts === null => 'a label has an invalid name, or its text is not UTF-8 without control characters',
            $type === 'histogram' && isset($texts['le']) => 'the label le is reserved',
            $type === 'summary' && isset($texts['quantile']) => 'the label quantile is reserved',
            default => null,
        };
        if ($problem !== null) {
            $this->drop('invalid', 1, "$name: $problem");
            return;
        }
        $series = json_encode([$type, $name, $texts]);
        if (count($this->samples[$series]['values'] ?? []) === self::MAX_VALUES) {
            $this->samples[] = $this->samples[$series];
            unset($this->samples[$series]);
        }
        $sample = &$this->samples[$series];
        $this->bytes -= self::cost($sample);
        $sample ??= ['name' => $name, 'type' => $type, 'labels' => (object) $texts];
        match ($type) {
            'counter' => $sample['value'] = min($value + ($sample['value'] ?? 0), PHP_FLOAT_MAX),
            'gauge' => $sample = ['value' => $value, 'timestamp' => (int) (microtime(true) * 1000)] + $sample,
            default => $sample['values'][] = $value,
        };
        $this->bytes += self::cost($sample);
        while ($this->bytes > self::MAX_BYTES && $this->samples !== []) {
            $oldest = array_key_first($this->samples);
            $this->bytes -= self::cost($this->samples[$oldest]);
            unset($this->samples[$oldest]);
            $this->drop('full', 1, 'more than 1 MB waits');
        }
    }

    private function pushAll(?string $key, float $deadline): bool
    {
        $mark = $this->updateMark(static fn ($mark) => ['dropped' => []] + $mark);
        $this->unreported = self::sum($this->unreported, $mark['dropped']);
        $isSkipped = $mark['until'] > microtime(true);
        $samples = array_values($this->samples);
        $count = count($samples);
        $this->samples = [];
        $this->bytes = 0;
        foreach ($key === null && !$isSkipped ? $this->unreported : [] as $reason => $dropped) {
            $sample = ['name' => 'streamgauge_client_dropped_samples_total', 'type' => 'counter'];
            $samples[] = $sample + ['labels' => ['reason' => (string) $reason], 'value' => $dropped];
        }
        if ($samples === []) {
            return true;
        }
        if ($key !== null && preg_match('/^[!-~]{1,128}$/D', $key) !== 1) {
            $this->drop('invalid', $count, 'their key must be 1 to 128 visible ASCII characters');
            return false;
        }
        if ($isSkipped) {
            $this->drop('unsettled', $count);
            return false;
        }
        $descriptions = $this->descriptions;
        foreach ($samples as &$sample) {
            $sample += $descriptions[$sample['name']] ?? [];
            unset($descriptions[$sample['name']]); // the first sample of a name has it
        }
        $body = json_encode(['labels' => (object) $this->labels, 'metrics' => $samples]);
        [$status, $content] = $this->settle($body, $key ?? bin2hex(random_bytes(16)), $deadline);
        if ($status === 0) {
            $this->drop('unsettled', $count, "push failed: $content");
            return false;
        }
        if ($status < 300 && $key === null) {
            $this->unreported = [];
        }
        return $this->report($status, $content, $count);
    }

    /**
     * Sends until an answer is final. Where no time is left for that, pushes give way.
     *
     * @return array{int, string} status and content; 0 and what prevented an answer
     */
    private function settle(string $body, string $key, float $deadline): array
    {
        for ($pause = 0.1;; $pause *= 2) {
            [$status, $head, $content] = $this->attempt($body, $key, $deadline);
            $isFinal = $status !== 0 && $status < 500 && !in_array($status, [408, 425, 429], true);
            $value = preg_match('/^retry-after:[ \t]*(.*?)\s*$/mi', $head, $match) === 1 ? $match[1] : '0';
            $retryAfter = ctype_digit($value) ? (float) $value : max(0.0, strtotime($value) - microtime(true));
            $wait = $isFinal ? 0.0 : max($retryAfter, $pause * random_int(50, 100) / 100);
            if (hrtime(true) / 1e9 + $wait >= $deadline) {
                $this->updateMark(static function (array $mark) use ($wait): array {
                    $pause = min(max(1.0, 2 * $mark['pause']), 60.0);
                    $until = microtime(true) + max($pause, min($wait, self::MAX_RETRY_AFTER_SECONDS));
                    return $mark['until'] > microtime(true) ? $mark : ['until' => $until, 'pause' => $pause] + $mark;
                });
                return $isFinal ? [$status, $content] : [0, curl_error($this->curl) ?: "answer $status"];
            }
            if ($isFinal) {
                $this->updateMark(static fn ($mark) => ['until' => 0.0, 'pause' => 0.0] + $mark);
                return [$status, $content];
            }
            usleep((int) ($wait * 1e6));
        }
    }

    /** @return array{int, string, string} status or 0, headers, content */
    private function attempt(string $body, string $key, float $deadline): array
    {
        $answer = '';
        $this->curl ??= curl_init();
        curl_setopt_array($this->curl, [
            CURLOPT_URL => $this->url,
            CURLOPT_HTTPHEADER => [...$this->headers, "Idempotency-Key: $key"],
            CURLOPT_POSTFIELDS => $body,
            CURLOPT_HEADER => true,
            CURLOPT_NOSIGNAL => true,
            CURLOPT_TIMEOUT_MS => max(1, (int) (1000 * ($deadline - hrtime(true) / 1e9))),
            CURLOPT_FRESH_CONNECT => abs(time() - $this->lastUse) > self::MAX_IDLE_SECONDS,
            CURLOPT_WRITEFUNCTION => static function ($curl, string $part) use (&$answer): int {
                $answer .= $part;
                return strlen($answer) > self::MAX_ANSWER_BYTES ? 0 : strlen($part);
            },
        ]);
        $resolver = getenv('RES_OPTIONS', true);
        $putenv = function_exists('putenv') ? putenv(...) : static fn () => false;
        $putenv('RES_OPTIONS=timeout:1 attempts:1'); // because curl waits for the resolver, even after its own timeout
        curl_exec($this->curl);
        $putenv($resolver === false ? 'RES_OPTIONS' : "RES_OPTIONS=$resolver");
        $this->lastUse = time();
        $headSize = curl_getinfo($this->curl, CURLINFO_HEADER_SIZE);
        $status = curl_getinfo($this->curl, CURLINFO_RESPONSE_CODE);
        return [$status, substr($answer, 0, $headSize), substr($answer, $headSize)];
    }

    private function report(int $status, string $content, int $count): bool
    {
        if ($status >= 300) {
            $this->drop('rejected', $count, "the server answered $status $content");
            return false;
        }
        if (preg_match('/"rejected"\s*:\s*[1-9]/', $content) === 1) {
            $this->warn('partly', "some of $count samples rejected: $content");
            return false;
        }
        return true;
    }

    /** Changes what the processes of this user share about the server. Returns it as it was before. */
    private function updateMark(callable $change): array
    {
        $user = function_exists('posix_geteuid') ? posix_geteuid() : get_current_user();
        $path = sys_get_temp_dir() . '/streamgauge-' . substr(sha1($this->url . $user), 0, 16) . '.json';
        $file = $this->markFile ??= @fopen($path, 'a+') ?: fopen('php://memory', 'a+');
        for ($try = 0; $try < 20 && stream_supports_lock($file) && !flock($file, LOCK_EX | LOCK_NB); $try++) {
            usleep(1000); // and then without the lock: the process that has it may stand still
        }
        $read = json_decode((string) stream_get_contents($file, offset: 0), true);
        $until = (float) ($read['until'] ?? 0);
        $isPossible = $until <= microtime(true) + self::MAX_RETRY_AFTER_SECONDS; // not if the clock was set back
        $mark = [
            'until' => $isPossible ? $until : 0.0, // pushes are skipped until then
            'pause' => (float) ($read['pause'] ?? 0), // in seconds, the last one
            'dropped' => array_filter((array) ($read['dropped'] ?? []), is_int(...)), // which no push has reported
        ];
        $changed = $change($mark);
        if ($changed !== $mark) {
            ftruncate($file, 0);
            fwrite($file, json_encode($changed));
        }
        flock($file, LOCK_UN);
        return $mark;
    }

    private function drop(string $reason, int $count, ?string $why = null): void
    {
        $this->dropped = self::sum($this->dropped, [$reason => $count]);
        $this->unreported = self::sum($this->unreported, [$reason => $count]);
        if ($why !== null) {
            $this->warn($reason, "samples dropped: $why");
        }
    }

    /** Logs at most one line a minute of each kind. */
    private function warn(string $kind, string $message): void
    {
        if (abs(time() - ($this->logged[$kind] ?? 0)) >= 60) {
            $this->logged[$kind] = time();
            error_log('streamgauge: ' . addcslashes(substr($message, 0, 500), "\0..\37\177"));
        }
    }

    /** An argument, or else its variable; null if there is none, or it cannot be parsed. */
    private function setting(string $name, mixed $given, callable $parse, string $rule): mixed
    {
        $value = $given ?? (getenv() + $_SERVER)["STREAMGAUGE_$name"] ?? '';
        $parsed = $value === '' ? null : $parse($value);
        if ($parsed === null && $value !== '') {
            $this->warn($name, "STREAMGAUGE_$name is ignored: it must be $rule");
        }
        return $parsed;
    }

    /** Texts by name, without empty ones; null if one is not valid. */
    private static function toLabels(string|array $labels): ?array
    {
        try {
            if (is_string($labels)) {
                $pairs = array_map(static fn ($pair) => explode('=', $pair, 2), explode(',', $labels));
                [$names, $values] = [array_column($pairs, 0), array_column($pairs, 1)];
                $labels = array_combine(array_map(trim(...), $names), array_map(trim(...), $values));
            }
            $toText = static fn (null|bool|int|float|string|\Stringable $value): string =>
                is_bool($value) ? json_encode($value) : (string) $value;
            $texts = array_map($toText, $labels);
        } catch (\Throwable) {
            return null;
        }
        $names = preg_grep('/^(?!__)[a-zA-Z_][a-zA-Z0-9_]*$/D', array_keys($texts));
        $plain = preg_grep('/^[^\x{0}-\x{1f}\x{7f}-\x{9f}]*$/Du', $texts);
        ksort($texts);
        $isValid = count($names) === count($texts) && count($plain) === count($texts);
        return $isValid ? array_filter($texts, strlen(...)) : null;
    }

    private static function sum(array $counts, array $more): array
    {
        foreach ($more as $reason => $count) {
            $counts[$reason] = ($counts[$reason] ?? 0) + $count;
        }
        return $counts;
    }

    /** At most what a sample takes as JSON without a description; a number with its comma is at most 25. */
    private static function cost(?array $sample): int
    {
        $numbers = count($sample['values'] ?? [0]);
        return $sample === null ? 0 : strlen(json_encode([$sample['name'], $sample['labels']])) + 100 + 25 * $numbers;
    }
}

<?php

declare(strict_types=1);

namespace Streamgauge;

/**
 * Sends metrics to Streamgauge when the request or script ends. Copy this file; it needs PHP 8.1 with the curl extension.
 *
 *     $m = new Metrics(); // STREAMGAUGE_URL, _KEY, _TENANT, _LABELS and _TIMEOUT, or named arguments
 *     $m->counter('orders_total', 1, ['region' => 'eu']);
 *
 * Under PHP-FPM the visitor gets the response first. A push never throws, and takes at most the timeout. How it
 * behaves when the server does not: clients/README.md.
 */
final class Metrics
{
    private const MAX_BYTES = 1024 * 1024; // of samples as JSON, which are less than 10,000
    private const MAX_VALUES = 1_000; // of one histogram or summary sample
    private const MAX_RETRY_AFTER_SECONDS = 600;
    private const MAX_ANSWER_BYTES = 64 * 1024;
    private const BYTES_OF_NUMBER = 25; // the longest double with its comma

    /** @var array<string, int> dropped samples by reason */
    public array $dropped = [];

    /** @var array<string, int> */
    private array $unreported = [];

    /** @var array<string, array<string, mixed>> by series, oldest first */
    private array $samples = [];

    /** @var array<string, array<string, mixed>> */
    private array $descriptions = [];

    /** At most what samples and descriptions take as JSON. */
    private int $bytes = 0;

    /** @var array<string, true> */
    private array $warned = [];

    private ?\CurlHandle $curl = null;
    private float $lastUse = 0.0;
    private ?string $url;
    private float $timeout;

    /** @var array<string, string> */
    private array $labels;

    /** @var list<string> */
    private array $headers = ['Content-Type: application/json', 'Expect:'];

    /**
     * @param array<string, mixed>|null $labels
     * @param float|null $timeout in seconds
     */
    public function __construct(
        ?string $url = null,
        ?string $key = null,
        ?string $tenant = null,
        ?array $labels = null,
        ?float $timeout = null,
    ) {
        $this->timeout = $this->setting(self::toSeconds(...), $timeout ?? self::env('TIMEOUT')) ?? 1.0;
        $this->labels = $this->setting(self::toCommonLabels(...), $labels ?? self::env('LABELS')) ?? [];
        $key = $this->setting(self::toHeader(...), $key ?? self::env('KEY'));
        $tenant = $this->setting(self::toHeader(...), $tenant ?? self::env('TENANT'));
        if ($key !== null) {
            $this->headers[] = "Authorization: Bearer $key";
        }
        if ($tenant !== null) {
            $this->headers[] = "X-Scope-OrgID: $tenant";
        }
        $this->url = $this->setting(self::toUrl(...), $url ?? self::env('URL'));
        if ($this->url === null) {
            $this->warn('no URL to push to; metrics are not sent');
        } else {
            register_shutdown_function($this->pushAtTheEnd(...));
        }
    }

    /**
     * Adds to a counter.
     *
     * @param array<string, mixed> $labels
     */
    public function counter(string $name, mixed $value = 1, array $labels = []): void
    {
        $this->collect('counter', $name, $value, $labels);
    }

    /**
     * Sets a gauge; the value carries the time of this call.
     *
     * @param array<string, mixed> $labels
     */
    public function gauge(string $name, mixed $value, array $labels = []): void
    {
        $this->collect('gauge', $name, $value, $labels);
    }

    /**
     * Observes a value, to be counted in buckets.
     *
     * @param array<string, mixed> $labels
     */
    public function histogram(string $name, mixed $value, array $labels = []): void
    {
        $this->collect('histogram', $name, $value, $labels);
    }

    /**
     * Observes a value, to be shown as quantiles.
     *
     * @param array<string, mixed> $labels
     */
    public function summary(string $name, mixed $value, array $labels = []): void
    {
        $this->collect('summary', $name, $value, $labels);
    }

    /**
     * Describes a metric. The server takes this from the first sample that it ever sees.
     *
     * @param list<float>|null $buckets
     * @param list<float>|null $quantiles
     */
    public function describe(
        string $name,
        ?string $help = null,
        ?string $unit = null,
        ?array $buckets = null,
        ?array $quantiles = null,
    ): void {
        try {
            $numbers = static fn (?array $list) => $list === null ? null : array_map(self::toNumber(...), $list);
            $description = array_filter(
                ['help' => $help, 'unit' => $unit, 'buckets' => $numbers($buckets), 'quantiles' => $numbers($quantiles)],
                static fn ($value) => $value !== null,
            );
            $this->bytes += strlen(self::json($description)) - strlen(self::json($this->descriptions[$name] ?? []));
            $this->descriptions[$name] = $description;
        } catch (\Throwable $e) {
            $this->warn("description ignored: {$e->getMessage()}");
        }
    }

    /**
     * Sends what was collected. True if the server has taken all of it.
     *
     * @param string|null $key with the id of a message, samples that depend on that message alone count once, however
     *     often it is delivered within 10 minutes
     */
    public function push(?string $key = null): bool
    {
        $deadline = hrtime(true) / 1e9 + $this->timeout;
        try {
            return $this->url === null || $this->pushAll($key, $deadline);
        } catch (\Throwable $e) {
            $this->warn('push failed: ' . $e::class);
            return false;
        }
    }

    private function pushAtTheEnd(): void
    {
        if ($this->samples !== []) {
            if (function_exists('fastcgi_finish_request')) {
                fastcgi_finish_request();
            }
            $this->push();
        }
    }

    /** @param array<string, mixed> $labels */
    private function collect(string $type, string $name, mixed $value, array $labels): void
    {
        try {
            if ($this->url !== null) {
                $this->add($type, $name, self::toNumber($value), self::toLabels($labels, $type));
            }
        } catch (\Throwable $e) {
            $this->drop('invalid', 1, "$name: {$e->getMessage()}");
        }
    }

    /** @param array<string, string> $labels */
    private function add(string $type, string $name, int|float $value, array $labels): void
    {
        if (preg_match('/^[a-zA-Z_:][a-zA-Z0-9_:]*$/D', $name) !== 1) {
            throw new \InvalidArgumentException('not the name of a metric');
        }
        if ($type === 'counter' && $value < 0) {
            throw new \InvalidArgumentException('a counter cannot decrease');
        }
        $series = self::json([$type, $name, $labels]);
        $sample = $this->samples[$series] ?? null;
        if (count($sample['values'] ?? []) === self::MAX_VALUES) {
            unset($this->samples[$series]);
            $this->samples[$series . bin2hex(random_bytes(8))] = $sample; // takes no more values
            $sample = null;
        }
        $this->bytes -= $sample === null ? 0 : self::costOf($sample);
        $sample ??= ['name' => $name, 'type' => $type, 'labels' => $labels];
        if ($type === 'counter') {
            $sample['value'] = min($value + ($sample['value'] ?? 0), PHP_FLOAT_MAX);
        } elseif ($type === 'gauge') {
            $sample = ['value' => $value, 'timestamp' => (int) (microtime(true) * 1000)] + $sample;
        } else {
            $sample['values'][] = $value;
        }
        $this->samples[$series] = $sample;
        $this->bytes += self::costOf($sample);
        while ($this->bytes > self::MAX_BYTES && $this->samples !== []) {
            $this->bytes -= self::costOf(array_shift($this->samples));
            $this->drop('full', 1, 'more than 1 MiB waits');
        }
    }

    private function pushAll(?string $key, float $deadline): bool
    {
        $mark = $this->mark();
        $skips = $mark['until'] > microtime(true) && $mark['until'] <= microtime(true) + self::MAX_RETRY_AFTER_SECONDS;
        $reported = [];
        if ($key === null && !$skips) {
            $reported = self::sum($mark['dropped'], $this->unreported);
            foreach ($reported as $reason => $count) {
                $this->add('counter', 'streamgauge_client_dropped_samples_total', $count, ['reason' => $reason]);
            }
            $this->unreported = [];
        }
        $samples = array_values($this->samples);
        $this->samples = [];
        $this->bytes = strlen(self::json($this->descriptions));
        if ($samples === []) {
            return true;
        }
        if ($key !== null && preg_match('/^[!-~]{1,128}$/D', $key) !== 1) {
            $this->drop('invalid', count($samples), 'their key must be 1 to 128 visible ASCII characters');
            return false;
        }
        $wait = 0.0;
        if (!$skips) {
            $content = $this->render($samples);
            [$final, $accepted, $wait] = $this->settle($content, $key ?? bin2hex(random_bytes(16)), count($samples), $deadline);
            if ($final) {
                $this->mark(static fn (array $mark) => ['until' => 0, 'pause' => 0] + ($key === null ? ['dropped' => []] : []) + $mark);
                return $accepted;
            }
        }
        $this->drop('unsettled', count($samples), 'no answer of the server');
        $this->mark(function (array $mark) use ($skips, $reported, $wait): array {
            $mark['dropped'] = self::sum($skips ? $mark['dropped'] : $reported, $this->unreported);
            if (!$skips) {
                $mark['pause'] = min(max(1, 2 * $mark['pause']), 60);
                $mark['until'] = microtime(true) + max($mark['pause'], min($wait, self::MAX_RETRY_AFTER_SECONDS));
            }
            return $mark;
        });
        $this->unreported = [];
        return false;
    }

    /**
     * What the processes of this host know of the server: until when it is left alone, and what they dropped.
     *
     * @param (callable(array<string, mixed>): array<string, mixed>)|null $change
     * @return array{until: float, pause: float, dropped: array<string, int>}
     */
    private function mark(?callable $change = null): array
    {
        $none = ['until' => 0.0, 'pause' => 0.0, 'dropped' => []];
        $name = sys_get_temp_dir() . '/streamgauge-' . substr(sha1($this->url . get_current_user()), 0, 16) . '.json';
        $file = $change === null ? @fopen($name, 'r') : @fopen($name, 'c+');
        if ($file === false) {
            return $none;
        }
        flock($file, $change === null ? LOCK_SH : LOCK_EX);
        $read = json_decode((string) stream_get_contents($file), true);
        $mark = array_intersect_key(is_array($read) ? $read : [], $none) + $none;
        if ($change !== null && $mark !== ($changed = $change($mark))) {
            ftruncate($file, 0);
            rewind($file);
            fwrite($file, self::json($changed));
        }
        fclose($file);
        return $mark;
    }

    /** @param list<array<string, mixed>> $samples with a description in the first of each name, as JSON */
    private function render(array $samples): string
    {
        $descriptions = $this->descriptions;
        foreach ($samples as &$sample) {
            $sample += $descriptions[$sample['name']] ?? [];
            unset($descriptions[$sample['name']]);
            $sample['labels'] = (object) $sample['labels'];
        }
        return self::json(['labels' => (object) $this->labels, 'metrics' => $samples]);
    }

    /**
     * Sends until an answer is final, or there is no time left.
     *
     * @return array{bool, bool, float} whether it is final, whether it is good, and for how long to leave the server alone
     */
    private function settle(string $content, string $key, int $samples, float $deadline): array
    {
        for ($pause = 0.1;; $pause *= 2) {
            [$status, $answer, $retryAfter, $problem] = $this->attempt($content, $key, $deadline);
            if ($status !== 0 && $status < 500 && !in_array($status, [408, 425, 429], true)) {
                return [true, $this->report($status, $answer, $samples), 0.0];
            }
            $jittered = max($retryAfter, $pause * (0.5 + lcg_value() / 2));
            if (hrtime(true) / 1e9 + $jittered >= $deadline) {
                $this->warn("push to {$this->host()} failed: " . ($problem ?: "answer $status"));
                return [false, false, $retryAfter];
            }
            usleep((int) ($jittered * 1e6));
        }
    }

    /** @return array{int, string, float, string} status or 0, content, Retry-After in seconds, problem */
    private function attempt(string $content, string $key, float $deadline): array
    {
        $answer = '';
        $retryAfter = 0.0;
        $this->curl ??= curl_init();
        curl_setopt_array($this->curl, [
            CURLOPT_URL => $this->url,
            CURLOPT_POSTFIELDS => $content,
            CURLOPT_HTTPHEADER => [...$this->headers, "Idempotency-Key: $key"],
            CURLOPT_NOSIGNAL => true,
            CURLOPT_PROTOCOLS => CURLPROTO_HTTP | CURLPROTO_HTTPS,
            CURLOPT_TIMEOUT_MS => max(1, (int) (1000 * ($deadline - hrtime(true) / 1e9))),
            CURLOPT_FRESH_CONNECT => time() - $this->lastUse > 30 || time() < $this->lastUse,
            CURLOPT_HEADERFUNCTION => static function (\CurlHandle $curl, string $line) use (&$retryAfter): int {
                if (stripos($line, 'retry-after:') === 0) {
                    $retryAfter = self::retryAfter(trim(substr($line, 12)));
                }
                return strlen($line);
            },
            CURLOPT_WRITEFUNCTION => static function (\CurlHandle $curl, string $part) use (&$answer): int {
                $answer .= $part;
                return strlen($answer) > self::MAX_ANSWER_BYTES ? 0 : strlen($part);
            },
        ]);
        curl_exec($this->curl);
        $this->lastUse = time();
        return [curl_getinfo($this->curl, CURLINFO_RESPONSE_CODE), $answer, $retryAfter, curl_error($this->curl)];
    }

    private function report(int $status, string $content, int $samples): bool
    {
        $answer = json_decode($content, true);
        $answer = is_array($answer) ? $answer : [];
        $error = $answer['errors'][0]['message'] ?? $answer['title'] ?? 'the answer is no JSON';
        $error = is_string($error) ? substr($error, 0, 300) : '';
        if ($status >= 300) {
            $error = $status < 400 ? 'redirects are not followed; correct the URL' : $error;
            $this->drop('rejected', $samples, "{$this->host()} answered $status $error");
        } elseif (($answer['rejected'] ?? 0) > 0) {
            $this->warn("some of $samples samples rejected; the first: $error");
        }
        return $status < 300;
    }

    private function host(): string
    {
        return (string) parse_url((string) $this->url, PHP_URL_HOST);
    }

    private function drop(string $reason, int $count, string $why): void
    {
        $this->dropped = self::sum($this->dropped, [$reason => $count]);
        $this->unreported = self::sum($this->unreported, [$reason => $count]);
        $this->warn("samples dropped: $why", $reason);
    }

    private function setting(callable $parse, mixed $value): mixed
    {
        try {
            return $value === null || $value === '' || $value === [] ? null : $parse($value);
        } catch (\Throwable $e) {
            $this->warn("a setting is ignored: {$e->getMessage()}");
            return null;
        }
    }

    /** Logs one line of each kind. */
    private function warn(string $message, ?string $kind = null): void
    {
        if (!isset($this->warned[$kind ?? $message])) {
            $this->warned[$kind ?? $message] = true;
            error_log("streamgauge: $message");
        }
    }

    private static function env(string $name): ?string
    {
        $value = getenv("STREAMGAUGE_$name");
        return is_string($value) ? $value : ($_SERVER["STREAMGAUGE_$name"] ?? null);
    }

    /** Of seconds or a date; 0 if it is neither, or past. */
    private static function retryAfter(string $value): float
    {
        if (ctype_digit($value)) {
            return (float) $value;
        }
        $date = \DateTimeImmutable::createFromFormat(DATE_RFC7231, $value);
        return $date === false ? 0.0 : max(0.0, $date->getTimestamp() - microtime(true));
    }

    /**
     * @param array<string, int> $counts
     * @param array<string, int> $more
     * @return array<string, int>
     */
    private static function sum(array $counts, array $more): array
    {
        foreach ($more as $reason => $count) {
            $counts[$reason] = ($counts[$reason] ?? 0) + $count;
        }
        return $counts;
    }

    /**
     * @param array<string, mixed> $labels
     * @return array<string, string>
     */
    private static function toLabels(array $labels, string $type = ''): array
    {
        $checked = [];
        foreach ($labels as $name => $value) {
            $reserved = ['histogram' => 'le', 'summary' => 'quantile'][$type] ?? null;
            if ($name === $reserved || preg_match('/^(?!__)[a-zA-Z_][a-zA-Z0-9_]*$/D', (string) $name) !== 1) {
                throw new \InvalidArgumentException('a label cannot have this name');
            }
            $text = is_bool($value) ? var_export($value, true) : (string) $value;
            if (preg_match('/^[^\x{0}-\x{1f}\x{7f}-\x{9f}]*$/Du', $text) !== 1) {
                throw new \InvalidArgumentException("label $name has a control character, or is no UTF-8");
            }
            if ($text !== '') {
                $checked[$name] = $text;
            }
        }
        ksort($checked);
        return $checked;
    }

    private static function toNumber(mixed $value): int|float
    {
        if ((!is_int($value) && !is_float($value)) || !is_finite($value)) {
            throw new \InvalidArgumentException('not a finite number');
        }
        return $value;
    }

    private static function toSeconds(string|float $value): float
    {
        if (!is_numeric($value) || $value <= 0 || $value > 60) {
            throw new \InvalidArgumentException('the timeout must be 0 to 60 seconds');
        }
        return (float) $value;
    }

    /**
     * @param string|array<string, mixed> $value such as region=eu,function=checkout
     * @return array<string, string>
     */
    private static function toCommonLabels(string|array $value): array
    {
        if (is_string($value)) {
            $labels = [];
            foreach (array_filter(explode(',', $value), trim(...)) as $pair) {
                [$name, $text] = explode('=', $pair, 2) + [1 => ''];
                $labels[trim($name)] = trim($text);
            }
            $value = $labels;
        }
        return self::toLabels($value);
    }

    private static function toHeader(string $value): string
    {
        if (preg_match('/^[!-~]+$/D', trim($value)) !== 1) {
            throw new \InvalidArgumentException('a key and a tenant must be visible ASCII characters');
        }
        return trim($value);
    }

    private static function toUrl(string $value): string
    {
        if (preg_match('~^(https?://[^/?#\s]+[^?#\s]*)(\?[^#\s]*)?$~iD', trim($value), $parts) !== 1 || !function_exists('curl_init')) {
            throw new \InvalidArgumentException('the URL must be like https://metrics.example.com, and PHP have the curl extension');
        }
        return rtrim($parts[1], '/') . '/api/v1/metrics' . ($parts[2] ?? '');
    }

    /** @param array<string, mixed> $sample */
    private static function costOf(array $sample): int
    {
        return strlen(self::json([$sample['name'], $sample['labels']])) + 100
            + self::BYTES_OF_NUMBER * count($sample['values'] ?? [0]);
    }

    private static function json(mixed $value): string
    {
        return json_encode($value, JSON_THROW_ON_ERROR | JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE | JSON_PRESERVE_ZERO_FRACTION);
    }
}

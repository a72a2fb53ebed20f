package dev.streamgauge.server.store;

import dev.streamgauge.redis.RedisFailure;
import dev.streamgauge.redis.store.RoleCalls;
import dev.streamgauge.redis.store.StoreCheck;
import dev.streamgauge.redis.topology.RedisTopology;
import dev.streamgauge.server.Role;
import dev.streamgauge.server.StreamgaugeConfig;
import dev.streamgauge.server.StreamgaugeConfig.AuthMode;
import dev.streamgauge.server.StreamgaugeConfig.Durability;
import dev.streamgauge.server.StreamgaugeConfig.DurabilityCheck;
import dev.streamgauge.server.settings.UnknownVariables;
import io.quarkus.arc.All;
import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.ShutdownDelayInitiatedEvent;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.quarkus.runtime.configuration.ConfigurationException;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import jakarta.interceptor.Interceptor;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.IntConsumer;
import org.jboss.logging.Logger;

/**
 * Checks the settings and Redis at startup. This process serves requests after the check has passed, until it drains.
 *
 * <p>Invalid settings stop the start with one line in the log. If Redis is not reachable yet, the check waits for it,
 * so that processes may start in any order. If Redis then turns out unsuitable, the process stops.
 */
@ApplicationScoped
public class StartupCheck {

    private static final Logger LOG = Logger.getLogger(StartupCheck.class);
    private static final Duration RETRY = Duration.ofSeconds(1);

    /** Maximum length of a key in a request. */
    private static final int MAX_KEY_LENGTH = 256;

    /** A shorter key might be guessed. */
    private static final int GOOD_KEY_LENGTH = 32;

    private final StreamgaugeConfig config;
    private final StoreCheck check;
    private final RoleCalls calls;
    private final Duration retry;
    private final Executor background;
    private final IntConsumer exit;
    private final CountDownLatch opened = new CountDownLatch(1);
    private final CountDownLatch drained = new CountDownLatch(1);
    private volatile String redisVersion = "unknown";
    private volatile boolean isFullyChecked;

    /** Why the check has not passed yet; empty once it has. Each reason is logged once. */
    private volatile String waitingFor = "the first check of Redis";

    @Inject
    public StartupCheck(StreamgaugeConfig config, RedisTopology topology, @All List<Role> roles) {
        this(
                config,
                topology,
                RoleCalls.of(roles.stream().map(Role::name).toList()),
                RETRY,
                task -> Thread.ofVirtual().name("startup-check").start(task),
                Quarkus::asyncExit);
    }

    /**
     * Checks nothing yet.
     *
     * @param calls what this process calls
     * @param retry pause between two attempts to reach Redis
     * @param background runs the attempts that follow the first one
     * @param exit ends this process with that exit code
     */
    StartupCheck(
            StreamgaugeConfig config,
            RedisTopology topology,
            RoleCalls calls,
            Duration retry,
            Executor background,
            IntConsumer exit) {
        this.config = config;
        this.check = new StoreCheck(topology);
        this.calls = calls;
        this.retry = retry;
        this.background = background;
        this.exit = exit;
    }

    void start(@Observes @Priority(Interceptor.Priority.PLATFORM_BEFORE) StartupEvent event) {
        checkKey("streamgauge.auth.admin-key", config.auth().adminKey());
        checkKey("streamgauge.auth.metrics-key", config.auth().metricsKey());
        warnAboutTrust();
        UnknownVariables.warnings(System.getenv()).forEach(warning -> LOG.warnf("settings unknown: %s", warning));
        if (!open()) {
            background.execute(this::keepOpening);
        }
    }

    /** Never logs the key. */
    private static void checkKey(String setting, Optional<String> key) {
        if (key.isEmpty()) {
            return;
        }
        if (!key.get().matches("[!-~]{1," + MAX_KEY_LENGTH + "}")) {
            throw new ConfigurationException(
                    setting + ": 1 to " + MAX_KEY_LENGTH + " visible ASCII characters expected, without spaces");
        }
        if (key.get().length() < GOOD_KEY_LENGTH) {
            LOG.warnf(
                    "%s: shorter than %d characters, so it can be guessed; make one with: openssl rand -hex 32",
                    setting, GOOD_KEY_LENGTH);
        }
    }

    private void warnAboutTrust() {
        if (config.auth().mode() == AuthMode.OPEN) {
            LOG.warn("auth mode=open: any client that reaches this port may push and scrape as any tenant");
        } else if (config.auth().adminKey().isEmpty() && config.tenantsFile().isEmpty()) {
            LOG.warn(
                    "auth mode=api-key: no key works unless Redis has tenants already; set streamgauge.auth.admin-key to"
                            + " make keys by the API, or streamgauge.tenants-file");
        }
        if (config.auth().mode() == AuthMode.API_KEY
                && config.auth().metricsKey().isEmpty()) {
            LOG.warn("auth metrics-key=none: any client that reaches this port may read /q/metrics and /api/v1/status");
        }
        if (config.durability() == Durability.FAST) {
            LOG.warn("durability profile=fast: up to 2 s of accepted samples may be lost when Redis stops");
        }
        if (config.durabilityCheck() == DurabilityCheck.OFF) {
            LOG.warn("durability check=off: Redis' settings are not checked");
        }
    }

    private void keepOpening() {
        try {
            while (!open()) {
                if (drained.await(retry.toMillis(), TimeUnit.MILLISECONDS)) {
                    return;
                }
            }
        } catch (ConfigurationException unfit) {
            LOG.error(unfit.getMessage());
            exit.accept(1);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException unexpected) { // would stop the start as well, if the first attempt met it
            LOG.error("redis check=failed; this process ends", unexpected);
            exit.accept(1);
        }
    }

    /** Whether Redis was reached; throws if it is unsuitable. */
    private boolean open() {
        StoreCheck.Finding finding;
        try {
            finding = check.check(
                    config.durabilityCheck() == DurabilityCheck.ON
                            ? DurabilityProfile.requirements(config.durability())
                            : List.of(),
                    calls);
        } catch (RedisFailure failure) {
            return await(failure.kind(), failure.getMessage());
        }
        if (!finding.forbidden().isEmpty()) {
            return await(
                    RedisFailure.Kind.FORBIDDEN,
                    "the Redis user of this process may not run " + String.join(", ", finding.forbidden())
                            + "; give it the rights of its role in deploy/redis/streamgauge.acl");
        }
        if (!finding.flaws().isEmpty()) {
            throw new ConfigurationException("Redis cannot be the store: " + String.join("; ", finding.flaws()));
        }
        if (finding.memory().maxBytes() == 0) {
            LOG.warn(
                    "redis maxmemory=0: without a limit the system kills Redis when memory runs out; set maxmemory, and"
                            + " pushes are rejected in time instead");
        }
        if (!finding.unchecked().isEmpty()) {
            LOG.infof(
                    "durability check=partial unchecked=%s: the Redis user of this process may not read these settings;"
                            + " make sure that Redis has them",
                    String.join(",", finding.unchecked()));
        }
        isFullyChecked = config.durabilityCheck() == DurabilityCheck.ON
                && finding.unchecked().isEmpty();
        redisVersion = finding.version();
        waitingFor = "";
        opened.countDown();
        if (config.durabilityCheck() == DurabilityCheck.ON) {
            LOG.infof("redis state=fit version=%s durability=%s", finding.version(), config.durability());
        } else {
            LOG.infof("redis state=unchecked version=%s durability=%s", finding.version(), config.durability());
        }
        return true;
    }

    private boolean await(RedisFailure.Kind kind, String message) {
        if (!message.equals(waitingFor)) {
            LOG.warnf("redis state=awaited kind=%s message=%s", kind, message);
            waitingFor = message;
        }
        return false;
    }

    /** Why the check has not passed yet; empty once it has. */
    public String waitingFor() {
        return waitingFor;
    }

    void drain(@Observes ShutdownDelayInitiatedEvent event) {
        drained.countDown();
    }

    void stop(@Observes @Priority(Interceptor.Priority.PLATFORM_BEFORE) ShutdownEvent event) {
        drained.countDown();
    }

    /** Whether the check has passed and this process is not draining. */
    public boolean isOpen() {
        return opened.getCount() == 0 && drained.getCount() > 0;
    }

    /** Blocks until the check has passed, and returns true; returns false if this process drains first. */
    public boolean awaitOpen() throws InterruptedException {
        while (!opened.await(100, TimeUnit.MILLISECONDS)) {
            if (drained.getCount() == 0) {
                return false;
            }
        }
        return true;
    }

    /** Whether all settings of Redis that the durability profile needs were read and found right. */
    public boolean isFullyChecked() {
        return isFullyChecked;
    }

    /** Version of the Redis server that passed the check, or {@code unknown} before that. */
    public String redisVersion() {
        return redisVersion;
    }
}

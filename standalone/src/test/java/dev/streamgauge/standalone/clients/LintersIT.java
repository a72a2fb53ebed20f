package dev.streamgauge.standalone.clients;

import static org.assertj.core.api.Assertions.assertThat;

import dev.streamgauge.standalone.e2e.Peers;
import dev.streamgauge.standalone.system.Jars;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The tools of each language find nothing in the clients, nor in the examples that use them. */
@Tag("e2e")
@EnabledIfSystemProperty(named = Peers.PROPERTY, matches = Peers.NEWEST, disabledReason = "needs PEERS=newest")
class LintersIT {

    enum Linter {
        RUFF {
            @Override
            List<String> command() throws IOException, InterruptedException {
                return List.of(
                        ruff(), "check", "--no-cache", "--config", "clients/python/ruff.toml", "clients", "deploy");
            }
        },
        RUFF_FORMAT {
            @Override
            List<String> command() throws IOException, InterruptedException {
                return List.of(
                        ruff(),
                        "format",
                        "--check",
                        "--no-cache",
                        "--config",
                        "clients/python/ruff.toml",
                        "clients",
                        "deploy");
            }
        },
        TYPESCRIPT {
            @Override
            List<String> command() throws IOException, InterruptedException {
                Path modules = Peers.npmPackages("typescript@7.0.2", "@types/node@26.6.7")
                        .resolve("node_modules");
                return List.of(
                        modules.resolve(".bin/tsc").toString(),
                        "--checkJs",
                        "--allowJs",
                        "--noEmit",
                        "--strict",
                        "--target",
                        "es2024",
                        "--lib",
                        "es2024,dom,dom.iterable",
                        "--module",
                        "nodenext",
                        "--types",
                        "node",
                        "--typeRoots",
                        modules.resolve("@types").toString(),
                        "clients/nodejs/streamgauge.mjs");
            }
        },
        GOFMT {
            @Override
            List<String> command() {
                return List.of("sh", "-c", "test -z \"$(gofmt -d clients/go | tee /dev/stderr)\"");
            }
        },
        GO_VET {
            @Override
            List<String> command() {
                return List.of("sh", "-c", "cd clients/go && go vet ./... && cd test/lambda && go vet ./...");
            }
        },
        JAVAC {
            @Override
            List<String> command() {
                return List.of(
                        System.getProperty("java.home") + "/bin/javac",
                        "--release=17",
                        "-Xlint:all",
                        "-Werror",
                        "-proc:none",
                        "-d",
                        "standalone/target/linted-client",
                        "clients/java/Metrics.java");
            }
        },
        PHP {
            @Override
            List<String> command() {
                return List.of(
                        "sh", "-c", "php -l clients/php/streamgauge.php && php -l clients/php/test/function.php");
            }
        },
        SHELLCHECK {
            @Override
            List<String> command() {
                return List.of("sh", "-c", "shellcheck clients/shell/*.sh clients/java/test/*.sh");
            }
        },
        CFN_LINT {
            @Override
            List<String> command() throws IOException, InterruptedException {
                return List.of(Peers.python("cfn-lint", "1.58.0").toString(), "deploy/lambda/template.yaml");
            }
        };

        abstract List<String> command() throws IOException, InterruptedException;

        private static String ruff() throws IOException, InterruptedException {
            return Peers.python("ruff", "0.17.6").toString();
        }
    }

    @ParameterizedTest
    @EnumSource
    void linter_findsNothing(Linter linter) throws Exception {
        Run run = Run.of(Jars.ROOT, Map.of(), linter.command());

        assertThat(run.status()).as(run.output()).isZero();
    }
}

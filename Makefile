.DEFAULT_GOAL := help
.PHONY: run quick test e2e chaos lint rules format jmh bench bench-isolation bench-calls bench-summaries mutants clean help

# Put this before a command to run it with JDK 25, regardless of the java on PATH.
with_jdk = JAVA_HOME=$$(scripts/find-jdk.sh) && export JAVA_HOME &&
maven = $(with_jdk) ./mvnw -B -ntp
# For a Maven that runs a few minutes: the second compiler of the JVM would cost more than it saves.
timed_maven = $(with_jdk) MAVEN_OPTS="-XX:TieredStopAtLevel=1 $$MAVEN_OPTS" scripts/timed.sh ./mvnw -B -ntp -T 3
# Prints only warnings and errors; -q would hide the warnings that -Werror fails on.
quiet = -Dorg.slf4j.simpleLogger.defaultLogLevel=warn

modules_of_run = core redis server ingest-api aggregator query-api standalone
run_jar = standalone/target/quarkus-app/quarkus-run.jar

run: ## Start everything in one process on http://localhost:8080, data in ./data
	@$(with_jdk) \
	if [ ! -f $(run_jar) ] || [ -n "$$(find pom.xml $(modules_of_run:=/pom.xml) $(wildcard $(modules_of_run:=/src/main)) -newer $(run_jar))" ]; then \
		echo 'Building; the first time takes a few minutes.'; \
		./mvnw -B -ntp $(quiet) -Dmaven.test.skip=true package -pl standalone -am || exit; \
	fi; \
	exec "$$JAVA_HOME/bin/java" $(JAVA_OPTS) -jar $(run_jar)

quick: ## Run the unit tests and those that need only a Redis; leaves out whole applications and the model of the protocol
	@$(timed_maven) test -Dtest.excluded-classes='**/*AppTest.java' -Dtest.excluded-groups='e2e | fuzz | model' \
		-Dtest.jvm-arguments=-XX:TieredStopAtLevel=1

test: ## Run the whole test suite; needs no services and no Docker
	@$(timed_maven) verify

e2e: ## Run the tests that need the whole machine, such as attacks, and those with other real programs: Prometheus, curl, schemathesis, earlier releases, the clients; PEERS=newest adds the clients in their real runtimes, the newest promtool, and checkers of the chart
	@for program in prometheus promtool curl redis-server cc git python3 unshare ip; do \
		command -v $$program >/dev/null || { \
			echo "$$program not found: apt-get install prometheus curl redis-server gcc libc6-dev git python3 util-linux iproute2" >&2; exit 1; }; \
	done
	@python3 -c 'import ensurepip' 2>/dev/null || { echo 'Python cannot make virtual environments: apt-get install python3-venv' >&2; exit 1; }
	@node --input-type=module -e '"".isWellFormed()' 2>/dev/null || { echo 'Node.js 20 or newer not found: https://nodejs.org' >&2; exit 1; }
	@[ "$(PEERS)" != newest ] || for program in php cgi-fcgi go cargo npm cmake autoconf automake libtoolize; do \
		command -v $$program >/dev/null || { \
			echo "$$program not found: apt-get install php-cli php-curl php-fpm libfcgi-bin golang cargo npm cmake autoconf automake libtool" >&2; exit 1; }; \
	done
	@[ "$(PEERS)" != newest ] || php -m | grep -qx curl || { echo 'The curl extension of PHP not found: apt-get install php-curl' >&2; exit 1; }
	@$(maven) verify -Pe2e -Dtest.forks=1 -Ddev.streamgauge.peers=$(PEERS) -pl standalone -am

MINUTES ?= 15
chaos: ## Fuzz for a minute, then inject faults and compare all totals; MINUTES=15, SEED=<number> repeats the faults of a run
	@$(maven) verify -Pchaos -Dtest.forks=1 -pl standalone -am \
		-Ddev.streamgauge.chaos.duration=PT$(MINUTES)M -Ddev.streamgauge.chaos.seed=$(SEED)

lint: ## Check the format, the Lua scripts and the texts that mutants replace, and compile everything with all compiler checks; needs luacheck
	@command -v luacheck >/dev/null || { echo 'luacheck not found: apt-get install lua-check' >&2; exit 1; }
	@luacheck --quiet redis/src/main/resources
	@$(with_jdk) "$$JAVA_HOME/bin/java" scripts/ProtocolMutants.java --check
	@$(maven) -T 3 spotless:check test-compile -Pbench,checks -DskipTests

rules: ## Check the alerts and run their tests; needs promtool
	@command -v promtool >/dev/null || { echo 'promtool not found: apt-get install prometheus' >&2; exit 1; }
	@promtool check rules deploy/prometheus/*-rules.yaml
	@promtool test rules deploy/prometheus/tests/*.test.yaml

format: ## Format the sources
	@$(maven) $(quiet) spotless:apply -Pbench

jmh: ## Run the JMH benchmarks; JMH_OPTS='<regexp> -f 1' selects some
	@$(maven) $(quiet) package -Pbench -DskipTests -pl benchmarks -am
	@$(with_jdk) "$$JAVA_HOME/bin/java" -jar benchmarks/target/benchmarks.jar $(JMH_OPTS)

roles = ingest-api,aggregator,query-api
bench: ## Compare Streamgauge with other systems, on real processes; BENCH_OPTS='--only five-counters --quick'
	@for program in taskset redis-server redis-benchmark prometheus-pushgateway victoria-metrics; do \
		command -v $$program >/dev/null || { \
			echo "$$program not found: apt-get install util-linux redis-server redis-tools prometheus-pushgateway victoria-metrics" >&2; exit 1; }; \
	done
	@[ $$(nproc --all) -ge 2 ] || { echo 'Two cores are needed, one for the measured system and one for the sender; this machine has one' >&2; exit 1; }
	@$(maven) $(quiet) package -Pbench -Dmaven.test.skip=true -pl benchmarks,$(roles) -am
	@$(with_jdk) PATH=$$JAVA_HOME/bin:$$PATH; for role in ingest-api aggregator query-api; do \
		rm -f $$role/target/quarkus-app/app.aot; \
		QUARKUS_HTTP_PORT=$$(shuf -i 20000-31999 -n 1) bash deploy/docker/make-aot-cache.sh $$role/target/quarkus-app || exit; \
	done
	@$(with_jdk) taskset -c $$(($$(nproc --all) - 1)) "$$JAVA_HOME/bin/java" -Xmx4g \
		-Ddev.streamgauge.testkit.redis-server=$(redis_on_path) \
		-cp benchmarks/target/benchmarks.jar dev.streamgauge.benchmarks.sidebyside.SideBySideBenchmark $(BENCH_OPTS)

redis_on_path = $$(command -v redis-server)
bench-isolation: ## Measure how a noisy tenant affects the others, on real processes; ISOLATION_OPTS='-Ddev.streamgauge.isolation.rounds=2'
	@$(maven) $(quiet) package -Pbench -Dmaven.test.skip=true -pl benchmarks,$(roles) -am
	@$(with_jdk) "$$JAVA_HOME/bin/java" -Ddev.streamgauge.testkit.redis-server=$(redis_on_path) $(ISOLATION_OPTS) \
		-cp benchmarks/target/benchmarks.jar dev.streamgauge.benchmarks.isolation.IsolationBenchmark

bench-calls: ## Replay the most expensive calls of the scripts on an idle Redis
	@$(maven) $(quiet) package -Pbench -Dmaven.test.skip=true -pl benchmarks -am
	@$(with_jdk) "$$JAVA_HOME/bin/java" -Ddev.streamgauge.testkit.redis-server=$(redis_on_path) \
		-cp benchmarks/target/benchmarks.jar dev.streamgauge.benchmarks.worstcalls.WorstCallsBenchmark

bench-summaries: MINUTES = 20
bench-summaries: ## Measure what summaries cost Redis while their sketches grow, on real processes; MINUTES=20
	@$(maven) $(quiet) package -Pbench -Dmaven.test.skip=true -pl benchmarks,$(roles) -am
	@$(with_jdk) PATH=$$JAVA_HOME/bin:$$PATH; for role in ingest-api aggregator query-api; do \
		rm -f $$role/target/quarkus-app/app.aot; \
		QUARKUS_HTTP_PORT=$$(shuf -i 20000-31999 -n 1) bash deploy/docker/make-aot-cache.sh $$role/target/quarkus-app || exit; \
	done
	@$(with_jdk) taskset -c $$(($$(nproc --all) - 1)) "$$JAVA_HOME/bin/java" \
		-Ddev.streamgauge.testkit.redis-server=$(redis_on_path) -Ddev.streamgauge.summaries.minutes=$(MINUTES) \
		-cp benchmarks/target/benchmarks.jar dev.streamgauge.benchmarks.summaries.SummariesBenchmark

mutants: ## Break one rule of the protocol at a time, and show which test detects it; ONLY='first-id no-check' selects some
	@$(with_jdk) "$$JAVA_HOME/bin/java" scripts/ProtocolMutants.java $(ONLY)

clean: ## Remove build output; keeps ./data
	@$(maven) $(quiet) clean -Pbench

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "make %-15s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

package dev.streamgauge.standalone;

import java.util.Set;

/**
 * What a standalone Streamgauge prints once it listens: commands that work as they are printed.
 *
 * @param scheme of the address, {@code http} or {@code https}
 * @param host on which it listens, as in {@code quarkus.http.host}
 * @param port on which it listens
 * @param access whether the commands need keys
 * @param data where the data are
 */
record Greeting(Scheme scheme, String host, int port, Access access, String data) {
    private static final Set<String> LOCAL = Set.of("0.0.0.0", "::", "127.0.0.1", "::1");

    enum Scheme {
        HTTP("http", ""),
        /** The certificate is rarely one for {@code localhost}, so curl does not verify it. */
        HTTPS("https", " -k");

        private final String text;
        private final String option;

        Scheme(String text, String option) {
            this.text = text;
            this.option = option;
        }
    }

    enum Access {
        OPEN,
        API_KEY
    }

    String text() {
        return """

                Streamgauge is up.
                  address  %1$s
                  data     %2$s
                %3$s  push     curl -i%4$s %1$s/api/v1/metrics%5$s -d '{"name":"orders_total","type":"counter","value":1,"labels":{"region":"eu"}}' -H 'Content-Type: application/json'
                  scrape   curl%4$s %1$s/metrics%6$s
                """.formatted(address(), data, keys(), scheme.option, key("$STREAMGAUGE_KEY"), key("$QUERY_KEY"));
    }

    private String address() {
        return scheme.text + "://" + reachableHost() + ":" + port;
    }

    private String reachableHost() {
        if (LOCAL.contains(host)) {
            return "localhost";
        }
        return host.contains(":") ? "[" + host + "]" : host;
    }

    private String keys() {
        return switch (access) {
            case OPEN -> "";
            case API_KEY -> """
                      keys     STREAMGAUGE_KEY has the scope ingest, and QUERY_KEY the scope query
                    """;
        };
    }

    private String key(String variable) {
        return switch (access) {
            case OPEN -> "";
            case API_KEY -> " -H \"Authorization: Bearer " + variable + '"';
        };
    }
}

package dev.streamgauge.server.settings;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

class UnknownVariablesTest {

    @Test
    void warnings_nameTheNearestSetting() {
        assertThat(UnknownVariables.warnings(Map.of(
                        "STREAMGAUGE_PARTITION", "4",
                        "STREAMGAUGE_LIMITS_INGESTION_RAET", "1",
                        "STREAMGAUGE_FAVORITE_COLOR", "blue")))
                .containsExactly(
                        "STREAMGAUGE_FAVORITE_COLOR is no setting",
                        "STREAMGAUGE_LIMITS_INGESTION_RAET is no setting; did you mean"
                                + " STREAMGAUGE_LIMITS_INGESTION_RATE?",
                        "STREAMGAUGE_PARTITION is no setting; did you mean STREAMGAUGE_PARTITIONS?");
    }

    @Test
    void warnings_areNone_forSettingsClientsAndOthers() {
        assertThat(UnknownVariables.warnings(Map.of(
                        "STREAMGAUGE_PARTITIONS", "4",
                        "STREAMGAUGE_URL", "http://localhost:8080",
                        "PATH", "/bin")))
                .isEmpty();
    }

    @Test
    void warnings_areNone_forWhatKubernetesAdds() {
        assertThat(UnknownVariables.warnings(Map.of(
                        "STREAMGAUGE_INGEST_SERVICE_HOST", "10.0.0.1",
                        "STREAMGAUGE_INGEST_SERVICE_PORT_HTTP", "8080",
                        "STREAMGAUGE_INGEST_PORT", "tcp://10.0.0.1:8080",
                        "STREAMGAUGE_INGEST_PORT_8080_TCP_ADDR", "10.0.0.1")))
                .isEmpty();
    }
}

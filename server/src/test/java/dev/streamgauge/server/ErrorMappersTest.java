package dev.streamgauge.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.streamgauge.core.sample.Reason;
import jakarta.ws.rs.NotAllowedException;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.UriInfo;
import java.lang.reflect.Proxy;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ErrorMappersTest {

    /** A request with nothing but a path. */
    private static UriInfo requestTo(String path) {
        return (UriInfo) Proxy.newProxyInstance(
                ErrorMappersTest.class.getClassLoader(), new Class<?>[] {UriInfo.class}, (self, method, arguments) -> {
                    assertThat(method.getName()).isEqualTo("getPath");
                    return path;
                });
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            /api/v1/admin/tenants                            | GET, HEAD, POST, OPTIONS
            /api/v1/admin/tenants/acme                       | GET, HEAD, DELETE, OPTIONS
            /api/v1/admin/tenants/keys                       | GET, HEAD, DELETE, OPTIONS
            /api/v1/admin/tenants/acme/keys                  | GET, HEAD, POST, OPTIONS
            /api/v1/admin/tenants/acme/keys/0123456789abcdef | DELETE, OPTIONS
            /api/v1/admin/tenants/acme/limits                | GET, HEAD, PUT, OPTIONS
            /api/v1/admin/tenants/acme/reset                 | POST, OPTIONS
            /api/v1/user_limits                              | GET, HEAD, OPTIONS
            /api/v1/status                                   | GET, HEAD, OPTIONS
            """)
    void methodNotAllowed_namesTheMethodsOfThePath(String path, String allowed) {
        Response response = new ErrorMappers().methodNotAllowed(new NotAllowedException("PATCH"), requestTo(path));

        assertThat(response.getStatus()).isEqualTo(405);
        assertThat(response.getMediaType()).hasToString("application/problem+json");
        assertThat(response.getHeaderString(HttpHeaders.ALLOW)).isEqualTo(allowed);
        assertThat(response.getEntity())
                .isEqualTo(Problem.of(405, Reason.METHOD_NOT_ALLOWED, "method: use one of " + allowed));
    }
}

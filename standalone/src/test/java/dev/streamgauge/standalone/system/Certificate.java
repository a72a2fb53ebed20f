package dev.streamgauge.standalone.system;

import io.smallrye.certs.CertificateGenerator;
import io.smallrye.certs.CertificateRequest;
import io.smallrye.certs.Format;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/**
 * A certificate that is its own authority, for one host, and its key, as PEM files.
 *
 * @param certificate what the server shows, and what clients trust
 * @param key the server's private key
 */
record Certificate(Path certificate, Path key) {

    /** Makes one in that folder. */
    static Certificate forHost(Path folder, String host) throws Exception {
        new CertificateGenerator(folder, true)
                .generate(new CertificateRequest()
                        .withName(host)
                        .withFormat(Format.PEM)
                        .withCN(host)
                        .withSubjectAlternativeName("DNS:" + host));
        return new Certificate(folder.resolve(host + ".crt"), folder.resolve(host + ".key"));
    }

    /** A client that trusts this certificate and no other, and checks that it names the host. */
    HttpClient trustingClient() throws GeneralSecurityException, IOException {
        KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, null);
        try (InputStream in = Files.newInputStream(certificate)) {
            store.setCertificateEntry(
                    "it", CertificateFactory.getInstance("X.509").generateCertificate(in));
        }
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(store);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, trust.getTrustManagers(), null);
        return HttpClient.newBuilder().sslContext(context).build();
    }
}

// What the JDK reads in certificates and bundles, for tests/certificate/curves.rs.
//
//   java CertificatePeer.java MILLISECONDS (ROOT MODULE BASE SIGNING PROVISIONAL BUNDLE)*
//
// All are files in DER. For each group: a line for every certificate, one for each path, and the bundle's thumbprints.

import java.io.ByteArrayInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.PublicKey;
import java.security.cert.CertPath;
import java.security.cert.CertPathValidator;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.Date;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;

class CertificatePeer {
    interface Work {
        void run() throws Exception;
    }

    static String outcome(Work work) {
        try {
            work.run();
            return "good";
        } catch (Exception error) {
            return error.getClass().getSimpleName() + ": " + error.getMessage();
        }
    }

    static String thumbprint(Certificate certificate) throws Exception {
        byte[] digest = MessageDigest.getInstance("SHA-256").digest(certificate.getEncoded());
        return HexFormat.of().withUpperCase().formatHex(digest);
    }

    static String usage(X509Certificate certificate) {
        StringBuilder bits = new StringBuilder();
        boolean[] usage = certificate.getKeyUsage();
        for (int bit = 0; usage != null && bit < usage.length; bit++) {
            bits.append(usage[bit] ? bit : "");
        }
        return bits.toString();
    }

    static void show(X509Certificate certificate, PublicKey issuer) throws Exception {
        System.out.println(String.join("|", thumbprint(certificate), certificate.getPublicKey().getAlgorithm(),
            certificate.getSigAlgName(), Integer.toString(certificate.getBasicConstraints()), usage(certificate),
            outcome(() -> certificate.verify(issuer))));
    }

    static String thumbprints(Collection<? extends Certificate> certificates) throws Exception {
        StringBuilder all = new StringBuilder();
        for (Certificate certificate : certificates) {
            all.append(' ').append(thumbprint(certificate));
        }
        return all.toString();
    }

    public static void main(String[] arguments) throws Exception {
        CertificateFactory factory = CertificateFactory.getInstance("X.509");
        Date date = new Date(Long.parseLong(arguments[0]));
        for (int at = 1; at < arguments.length; at += 6) {
            X509Certificate[] read = new X509Certificate[5];
            for (int which = 0; which < read.length; which++) {
                byte[] bytes = Files.readAllBytes(Path.of(arguments[at + which]));
                read[which] = (X509Certificate) factory.generateCertificate(new ByteArrayInputStream(bytes));
            }
            X509Certificate root = read[0], module = read[1], provisional = read[4];
            show(root, root.getPublicKey());
            show(module, root.getPublicKey());
            show(read[2], module.getPublicKey());
            show(read[3], module.getPublicKey());
            show(provisional, provisional.getPublicKey());
            for (int leaf : new int[] {2, 3}) {
                CertPath path = factory.generateCertPath(List.of(read[leaf], module));
                PKIXParameters parameters = new PKIXParameters(Set.of(new TrustAnchor(root, null)));
                parameters.setRevocationEnabled(false);
                parameters.setDate(date);
                System.out.println("path " + outcome(() -> CertPathValidator.getInstance("PKIX").validate(path, parameters)));
            }
            byte[] bundle = Files.readAllBytes(Path.of(arguments[at + 5]));
            System.out.println("certificates" + thumbprints(factory.generateCertificates(new ByteArrayInputStream(bundle))));
            CertPath chain = factory.generateCertPath(new ByteArrayInputStream(bundle), "PKCS7");
            System.out.println("path" + thumbprints(chain.getCertificates()));
        }
    }
}

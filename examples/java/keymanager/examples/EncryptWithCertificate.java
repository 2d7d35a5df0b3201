package keymanager.examples;

import java.nio.file.Files;
import java.nio.file.Path;
import keymanager.java.EnvelopeOptions;
import keymanager.java.Envelopes;
import keymanager.java.FilePlaces;
import keymanager.java.InspectReport;
import keymanager.java.KeyManagerException;
import keymanager.java.Transferred;

/**
 * A registration client: it has the certificate of the centre, and no key. The packet may be of any size.
 *
 * <pre>java -cp keymanager-java-0.1.0.jar keymanager/examples/EncryptWithCertificate.java certificate.pem packet.zip packet.enc</pre>
 */
public final class EncryptWithCertificate {
    private EncryptWithCertificate() {}

    public static void main(String[] arguments) throws Exception {
        if (arguments.length != 3) {
            System.err.println("EncryptWithCertificate CERTIFICATE PACKET ENVELOPE");
            System.exit(2);
        }
        byte[] certificate = Files.readAllBytes(Path.of(arguments[0]));
        FilePlaces places = new FilePlaces(arguments[1], arguments[2]);
        try {
            Transferred done = Envelopes.encryptFile(certificate, new EnvelopeOptions(), places, null);
            System.out.println(done.bytesIn() + " bytes encrypted, " + done.bytesOut() + " bytes written");
            // Who can open it is told without a key.
            InspectReport report = Envelopes.inspect(Files.readAllBytes(Path.of(arguments[2])), certificate);
            System.out.println("for " + report.certificate().orElseThrow().subject());
        } catch (KeyManagerException error) {
            System.err.println(error.name() + ": " + error.detail() + "\n" + error.next());
            System.exit(error.exitStatus());
        }
    }
}

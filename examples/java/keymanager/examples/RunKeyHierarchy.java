package keymanager.examples;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import keymanager.java.EnvelopeOptions;
import keymanager.java.Envelopes;
import keymanager.java.Key;
import keymanager.java.KeyManager;
import keymanager.java.KeyQuery;
import keymanager.java.ManagerOptions;
import keymanager.java.MasterChoice;
import keymanager.java.StoreChoice;

/**
 * A server: it makes Root, Module and Base keys in an embedded store and a key file, gives out a certificate, and decrypts what was
 * encrypted to it, before and after the key was rotated.
 *
 * <pre>java -cp keymanager-java-0.1.0.jar keymanager/examples/RunKeyHierarchy.java folder passphrase-file</pre>
 */
public final class RunKeyHierarchy {
    private static final String APP = "REGISTRATION";
    private static final String CENTRE = "10001_110011";

    private RunKeyHierarchy() {}

    public static void main(String[] arguments) throws Exception {
        Path folder = Path.of(arguments[0]);
        byte[] passphrase = Files.readAllBytes(Path.of(arguments[1]));
        try (ManagerOptions options = new ManagerOptions(
                                        StoreChoice.sqlite(folder.resolve("keymanager.db").toString()),
                                        MasterChoice.keyFile(folder.resolve("keymanager.p12").toString(), passphrase))
                                .create(Files.notExists(folder.resolve("keymanager.p12")));
                KeyManager manager = KeyManager.open(options)) {
            Arrays.fill(passphrase, (byte) 0);
            manager.initialise();
            manager.generateAll((done, total, what) -> System.out.println(done + " " + what));

            // The certificate goes to the clients; the first one who asks for it has the Base key made.
            byte[] certificate = manager.certificate(APP, CENTRE).getBytes(StandardCharsets.US_ASCII);
            byte[] packet = "a registration packet".getBytes(StandardCharsets.UTF_8);
            byte[] envelope = Envelopes.encrypt(certificate, new EnvelopeOptions(), packet);

            // The envelope names its key, so the reference id may be blank; a former key still opens it.
            manager.rotate(APP, CENTRE);
            byte[] opened = manager.decrypt(APP, "", new EnvelopeOptions(), envelope);
            System.out.println("opened: " + Arrays.equals(packet, opened));
            Arrays.fill(opened, (byte) 0);
            for (Key key : manager.keys(new KeyQuery().all(true))) {
                System.out.println(key.level() + " " + key.appId() + " " + key.refId().orElse("-") + " " + key.state());
            }
        }
    }
}

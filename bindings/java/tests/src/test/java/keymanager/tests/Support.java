package keymanager.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import keymanager.java.KeyManager;
import keymanager.java.KeyManagerException;
import keymanager.java.ManagerOptions;
import keymanager.java.MasterChoice;
import keymanager.java.Progress;
import keymanager.java.StoreChoice;

/** What the tests share. */
final class Support {
    static final String APP = "REGISTRATION";
    static final String CENTRE = "10001_110011";
    static final byte[] PACKET = "a registration packet".getBytes(StandardCharsets.UTF_8);
    static final byte[] PASSPHRASE = "from a safe place".getBytes(StandardCharsets.UTF_8);

    /** The folder of the project. */
    static final Path ROOT = Path.of(System.getProperty("keymanager.test.root"));

    /** Ends the work at its first question. */
    static final Progress CANCELS = new Progress() {
        @Override
        public void advance(long done, OptionalLong total, String what) {}

        @Override
        public boolean cancelled() {
            return true;
        }
    };

    private Support() {}

    static ManagerOptions embedded(Path folder) {
        return new ManagerOptions(
                StoreChoice.sqlite(folder.resolve("keymanager.db").toString()),
                MasterChoice.keyFile(folder.resolve("keymanager.p12").toString(), PASSPHRASE));
    }

    /** A manager with every key of the hierarchy above the Base keys. */
    static KeyManager manager(Path folder) throws KeyManagerException {
        KeyManager manager = KeyManager.open(embedded(folder).create(true));
        manager.initialise();
        manager.generateAll(null);
        return manager;
    }

    static byte[] certificate(KeyManager manager) throws KeyManagerException {
        return manager.certificate(APP, CENTRE).getBytes(StandardCharsets.US_ASCII);
    }

    static byte[] read(String path) {
        try {
            return Files.readAllBytes(ROOT.resolve(path));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The exception of a call that must fail, with this name of the error table. */
    static <T extends KeyManagerException> T fails(Class<T> category, String name, Callable<?> call) {
        T error = assertThrows(category, call::call);
        assertEquals(name, error.name(), error.getMessage());
        return error;
    }

    static String category(Callable<?> call) {
        return assertThrows(KeyManagerException.class, call::call).category();
    }
}

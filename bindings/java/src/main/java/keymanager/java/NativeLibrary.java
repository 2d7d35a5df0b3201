package keymanager.java;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/**
 * Finds the native library: the file that the system property {@code keymanager.library} names; else one in {@code
 * java.library.path}; else that of this system in the jar, which is unpacked into a folder that only this user can enter.
 */
final class NativeLibrary {
    private static final String NAME = "keymanager_jni";

    private NativeLibrary() {}

    static void load() {
        String given = System.getProperty("keymanager.library");
        if (given != null) {
            System.load(Path.of(given).toAbsolutePath().toString());
            return;
        }
        if (!loadFromPath()) {
            loadFromJar(resource(System.getProperty("os.name"), System.getProperty("os.arch"), System.getProperty("java.vm.name", "")));
        }
    }

    private static boolean loadFromPath() {
        try {
            System.loadLibrary(NAME);
            return true;
        } catch (UnsatisfiedLinkError notThere) {
            return false;
        }
    }

    /** Where the jar has the library of a system: {@code META-INF/native/linux-x86_64/libkeymanager_jni.so}. */
    static String resource(String osName, String osArch, String vmName) {
        String os = osName.toLowerCase(Locale.ROOT);
        String arch = osArch.toLowerCase(Locale.ROOT);
        String system;
        String file = "lib" + NAME + ".so";
        if (vmName.equals("Dalvik")) {
            system = "android";
        } else if (os.startsWith("windows")) {
            system = "windows";
            file = NAME + ".dll";
        } else if (os.startsWith("mac")) {
            system = "macos";
            file = "lib" + NAME + ".dylib";
        } else {
            system = os.replace(' ', '_');
        }
        if (arch.equals("amd64") || arch.equals("x86_64")) {
            arch = "x86_64";
        } else if (arch.equals("arm64") || arch.equals("aarch64")) {
            arch = "aarch64";
        }
        return "META-INF/native/" + system + "-" + arch + "/" + file;
    }

    private static void loadFromJar(String resource) {
        try (InputStream library = NativeLibrary.class.getClassLoader().getResourceAsStream(resource)) {
            if (library == null) {
                throw new UnsatisfiedLinkError("the jar has no " + resource + "; name a library for this system in keymanager.library");
            }
            // A name that nobody can foresee, and mode 0700 where there are modes.
            Path folder = Files.createTempDirectory("keymanager-");
            Path file = folder.resolve(resource.substring(resource.lastIndexOf('/') + 1));
            try {
                Files.copy(library, file);
                System.load(file.toAbsolutePath().toString());
            } finally {
                remove(file);
                remove(folder);
            }
        } catch (IOException e) {
            UnsatisfiedLinkError error = new UnsatisfiedLinkError("cannot unpack " + resource + ": " + e.getMessage());
            error.initCause(e);
            throw error;
        }
    }

    /** Now where the system allows it, since the library is in memory; when the JVM ends elsewhere. */
    private static void remove(Path path) {
        try {
            Files.deleteIfExists(path);
        } catch (IOException inUse) {
            path.toFile().deleteOnExit();
        }
    }
}

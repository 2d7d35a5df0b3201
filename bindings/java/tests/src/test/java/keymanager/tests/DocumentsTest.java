package keymanager.tests;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import keymanager.java.EnvelopeOptions;
import keymanager.java.Envelopes;
import keymanager.java.KeyManager;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The examples and the snippets, as a new user runs them: by the launcher of the JDK, with the jar on the class path. */
class DocumentsTest {
    private static final Path EXAMPLES = Support.ROOT.resolve("examples/java/keymanager/examples").toAbsolutePath().normalize();

    @TempDir Path folder;
    private final StringBuilder said = new StringBuilder();

    /** The jar that these tests run against. */
    private static String jar() throws Exception {
        String jar = Path.of(Envelopes.class.getProtectionDomain().getCodeSource().getLocation().toURI()).toString();
        assertTrue(jar.endsWith(".jar"), jar);
        return jar;
    }

    private int java(String source, String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of(System.getProperty("java.home") + File.separator + "bin/java"));
        if (Runtime.version().feature() >= 24) {
            command.add("--enable-native-access=ALL-UNNAMED");
        }
        String library = System.getProperty("keymanager.library");
        if (library != null) {
            command.add("-Dkeymanager.library=" + library);
        }
        command.addAll(List.of("-Djava.io.tmpdir=" + Files.createDirectories(folder.resolve("tmp")), "-cp", jar(), source));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true).start();
        process.getOutputStream().close();
        said.setLength(0);
        said.append(new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
        return process.waitFor();
    }

    private String path(String name) {
        return folder.resolve(name).toString();
    }

    @Test
    void examples() throws Exception {
        Files.write(folder.resolve("passphrase"), Support.PASSPHRASE);
        assertEquals(0, java(EXAMPLES.resolve("RunKeyHierarchy.java").toString(), path(""), path("passphrase")), said.toString());
        assertTrue(said.toString().contains("opened: true"), said.toString());
        byte[] certificate;
        try (KeyManager manager = KeyManager.open(Support.embedded(folder))) {
            certificate = Support.certificate(manager);
            Files.write(folder.resolve("certificate.pem"), certificate);
            Files.write(folder.resolve("packet.zip"), Support.PACKET);
            String example = EXAMPLES.resolve("EncryptWithCertificate.java").toString();
            assertEquals(0, java(example, path("certificate.pem"), path("packet.zip"), path("packet.enc")), said.toString());
            assertTrue(said.toString().startsWith(Support.PACKET.length + " bytes encrypted"), said.toString());
            byte[] envelope = Files.readAllBytes(folder.resolve("packet.enc"));
            assertArrayEquals(Support.PACKET, manager.decrypt(Support.APP, "", new EnvelopeOptions(), envelope));
            assertEquals(3, java(example, path("packet.zip"), path("packet.zip"), path("other")), said.toString());
            assertTrue(said.toString().startsWith("certificate_unparsable: "), said.toString());
        }
        Path own = Files.createDirectory(folder.resolve("own"));
        assertEquals(0, java(EXAMPLES.resolve("KeyStoreInJava.java").toString(), own.toString(), path("passphrase")), said.toString());
        assertTrue(said.toString().startsWith("opened: true, "), said.toString());
        // The library was unpacked in a folder that is gone.
        assertEquals(0, Files.list(folder.resolve("tmp")).filter(left -> left.getFileName().toString().startsWith("keymanager-")).count());
    }

    @Test
    void snippets() throws Exception {
        try (KeyManager manager = Support.manager(Files.createDirectory(folder.resolve("made")))) {
            Files.write(folder.resolve("certificate.pem"), Support.certificate(manager));
        }
        Files.write(folder.resolve("packet.zip"), Support.PACKET);
        List<String> expected = List.of("", "21 bytes encrypted", "", "3 bytes decrypted", "2006 certificate_unparsable", "access_refused");
        Matcher snippet = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL)
                .matcher(Files.readString(Support.ROOT.resolve("bindings/java/README.md")));
        int count = 0;
        for (; snippet.find(); count++) {
            String name = "Snippet" + count;
            String source = "import java.io.*;\nimport java.nio.*;\nimport java.nio.charset.*;\nimport java.nio.file.*;\nimport keymanager.java.*;\n"
                    + "class " + name + " {\npublic static void main(String[] arguments) throws Exception {\n" + snippet.group(1) + "}\n}\n";
            Files.writeString(folder.resolve(name + ".java"), source);
            assertEquals(0, java(path(name + ".java")), source + said);
            assertTrue(said.toString().contains(expected.get(count)), said.toString());
        }
        assertEquals(expected.size(), count);
    }

    @Test
    void mainReadme() throws Exception {
        String readme = Files.readString(Support.ROOT.resolve("README.md"));
        Matcher snippet = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL).matcher(readme);
        assertTrue(snippet.find());
        Files.writeString(folder.resolve("Readme.java"), snippet.group(1)
                + "class Readme {\npublic static void main(String[] arguments) throws Exception {\nSystem.out.println(Seal.seal("
                + "java.nio.file.Files.readAllBytes(java.nio.file.Path.of(arguments[0])), new byte[] {1}).length);\n}\n}\n");
        // The launcher runs the first class of a file.
        String source = Files.readString(folder.resolve("Readme.java"));
        int main = source.indexOf("class Readme");
        int first = source.indexOf("class Seal");
        Files.writeString(folder.resolve("Readme.java"), source.substring(0, first) + source.substring(main) + source.substring(first, main));
        Files.write(folder.resolve("certificate.pem"), Support.read("tests/vectors/mosip/derived/derived-test-cert.pem"));
        assertEquals(0, java(path("Readme.java"), path("certificate.pem")), said.toString());
        assertEquals(Integer.toString(357), said.toString().trim());
    }
}

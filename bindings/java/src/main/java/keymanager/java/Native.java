package keymanager.java;

import java.nio.ByteBuffer;

/** The library's methods as they are. A request is what {@link Wire} writes, an answer what it reads. */
final class Native {
    static {
        NativeLibrary.load();
    }

    private Native() {}

    /** Called by the library to make the exception that it throws. */
    static Throwable failure(byte[] row) {
        return KeyManagerException.of(new Wire.Row(new Wire.Reader(row)));
    }

    static native byte[] encrypt(byte[] request, byte[] plaintext, int offset, int len) throws KeyManagerException;

    static native int encryptInto(byte[] request, ByteBuffer in, int offset, int len, ByteBuffer out, int outOffset, int outLen)
            throws KeyManagerException;

    static native long envelopeLen(byte[] request, long plaintextLen) throws KeyManagerException;

    static native byte[] inspect(byte[] request, byte[] bytes) throws KeyManagerException;

    static native long encryptStream(byte[] request) throws KeyManagerException;

    static native byte[] encryptFile(byte[] request, Callback progress) throws KeyManagerException;

    static native byte[] encryptUpdate(long stream, byte[] data, int offset, int len) throws KeyManagerException;

    static native byte[] encryptFinish(long stream) throws KeyManagerException;

    static native void encryptClose(long stream);

    static native void decryptUpdate(long stream, byte[] data, int offset, int len) throws KeyManagerException;

    static native byte[] decryptFinish(long stream) throws KeyManagerException;

    static native void decryptClose(long stream);

    static native long open(byte[] request, Callback store, Callback master, Callback access, Callback audit)
            throws KeyManagerException;

    static native void close(long manager);

    static native void initialise(long manager) throws KeyManagerException;

    static native byte[] encryptToScope(long manager, byte[] request, byte[] plaintext, int offset, int len)
            throws KeyManagerException;

    static native byte[] decrypt(long manager, byte[] request, byte[] envelope, int offset, int len) throws KeyManagerException;

    static native int decryptInto(
            long manager, byte[] request, ByteBuffer in, int offset, int len, ByteBuffer out, int outOffset, int outLen)
            throws KeyManagerException;

    static native long encryptStreamToScope(long manager, byte[] request) throws KeyManagerException;

    static native long decryptStream(long manager, byte[] request) throws KeyManagerException;

    static native byte[] encryptFileToScope(long manager, byte[] request, Callback progress) throws KeyManagerException;

    static native byte[] decryptFile(long manager, byte[] request, Callback progress) throws KeyManagerException;

    static native byte[] generate(long manager, byte[] request) throws KeyManagerException;

    static native byte[] generateMasterKey(long manager, byte[] request) throws KeyManagerException;

    static native byte[] generateEcSignKey(long manager, byte[] request) throws KeyManagerException;

    static native byte[] generateAll(long manager, byte[] request, Callback progress) throws KeyManagerException;

    static native byte[] rotate(long manager, byte[] request) throws KeyManagerException;

    static native byte[] revoke(long manager, byte[] request) throws KeyManagerException;

    static native byte[] uploadCertificate(long manager, byte[] request) throws KeyManagerException;

    static native byte[] uploadOtherDomain(long manager, byte[] request) throws KeyManagerException;

    static native byte[] generateCsr(long manager, byte[] request) throws KeyManagerException;

    static native byte[] certificate(long manager, byte[] request) throws KeyManagerException;

    static native byte[] chain(long manager, byte[] request) throws KeyManagerException;

    static native byte[] chainPkcs7(long manager, byte[] request) throws KeyManagerException;

    static native byte[] allCertificates(long manager, byte[] request) throws KeyManagerException;

    static native byte[] certificateOf(long manager, byte[] request) throws KeyManagerException;

    static native byte[] keys(long manager, byte[] request) throws KeyManagerException;

    static native byte[] key(long manager, byte[] request) throws KeyManagerException;

    static native byte[] policies(long manager, byte[] request) throws KeyManagerException;

    static native byte[] policy(long manager, byte[] request) throws KeyManagerException;

    static native byte[] setPolicy(long manager, byte[] request) throws KeyManagerException;

    static native byte[] fillPool(long manager, byte[] request, Callback progress) throws KeyManagerException;

    static native byte[] pool(long manager, byte[] request) throws KeyManagerException;

    static native byte[] recover(long manager, byte[] request) throws KeyManagerException;

    static native byte[] doctor(long manager, byte[] request, Callback progress) throws KeyManagerException;

    static native byte[] repair(long manager, byte[] request, Callback progress) throws KeyManagerException;

    static native void verifyReport(byte[] request) throws KeyManagerException;

    static native byte[] rewrap(long manager, byte[] request, Callback master, Callback progress) throws KeyManagerException;

    static native byte[] copyStore(long manager, byte[] request, Callback store, Callback progress) throws KeyManagerException;

    static native byte[] backup(long manager, byte[] request, Callback progress) throws KeyManagerException;

    static native byte[] verifyBackup(long manager, byte[] request, Callback progress) throws KeyManagerException;

    static native byte[] restoreBackup(long manager, byte[] request, Callback progress) throws KeyManagerException;
}

package keymanager.java;

import java.util.Arrays;

/** A {@link HostMaster} as the library calls it; the numbers are those of src/master.rs. */
final class MasterCallback extends Callback {
    /** {@code master_unavailable} in the error table. */
    private static final int UNAVAILABLE = 7007;

    private final HostMaster host;

    MasterCallback(HostMaster host, Thrown thrown) {
        super(thrown, UNAVAILABLE);
        this.host = host;
    }

    @Override
    void answer(int method, Wire.Reader request, Wire.Writer out) throws Exception {
        switch (method) {
            case 0:
                host.capabilities().write(out);
                break;
            case 1:
                out.maybe(host.create(request.text(), Host.numbered(HostMaster.KeyKind.values(), request.number32())), Wire.Writer::bytes);
                break;
            case 2:
                host.attachCertificate(request.text(), request.bytes());
                break;
            case 3:
                out.maybe(host.find(request.text()), Wire.Writer::record);
                break;
            case 4:
                host.list(request.maybeText()).write(out);
                break;
            case 5:
                out.bytes(host.sign(
                        request.text(),
                        Host.numbered(HostMaster.Signature.values(), request.number32()),
                        request.bool(),
                        request.bytes()));
                break;
            case 6:
                secret(out, host.rsaDecrypt(request.text(), request.bool() ? new HostMaster.Oaep(request) : null, request.bytes()));
                break;
            case 7:
                blocks(request.text(), Host.numbered(HostMaster.Direction.values(), request.number32()), request.bytes(), out);
                break;
            case 8:
                host.remove(request.text());
                break;
            default:
                host.health();
                break;
        }
    }

    private void blocks(String alias, HostMaster.Direction direction, byte[] blocks, Wire.Writer out) throws Exception {
        try {
            secret(out, host.aesEcb(alias, direction, blocks));
        } finally {
            Arrays.fill(blocks, (byte) 0);
        }
    }

    private static void secret(Wire.Writer out, byte[] answer) {
        out.bytes(answer);
        Arrays.fill(answer, (byte) 0);
    }

    @Override
    void release() {
        host.release();
    }
}

package keymanager.java;

/** A {@link HostStore} as the library calls it; the numbers are those of src/store.rs. */
final class StoreCallback extends Callback {
    /** {@code store_unavailable} in the error table. */
    private static final int UNAVAILABLE = 7001;

    private final HostStore host;

    StoreCallback(HostStore host, Thrown thrown) {
        super(thrown, UNAVAILABLE);
        this.host = host;
    }

    @Override
    void answer(int method, Wire.Reader request, Wire.Writer out) throws Exception {
        switch (method) {
            case 0:
                host.find(new HostStore.Query(request)).write(out);
                break;
            case 1:
                host.apply(new HostStore.ChangeSet(request));
                break;
            case 2:
                out.number64(host.lock(request.text(), request.text(), request.number64()));
                break;
            case 3:
                host.unlock(request.number64());
                break;
            default:
                host.prepare();
                break;
        }
    }

    @Override
    void release() {
        host.release();
    }
}

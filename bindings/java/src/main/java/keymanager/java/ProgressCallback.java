package keymanager.java;

import java.util.OptionalLong;

/** A {@link Progress} as the library calls it. */
final class ProgressCallback extends Callback {
    /** {@code cancelled} in the error table. */
    private static final int CANCELLED = 1012;

    private final Progress progress;
    private volatile boolean failed;

    private ProgressCallback(Progress progress, Thrown thrown) {
        super(thrown, CANCELLED);
        this.progress = progress;
    }

    /** Null for null. */
    static ProgressCallback of(Progress progress, Thrown thrown) {
        return progress == null ? null : new ProgressCallback(progress, thrown);
    }

    @Override
    void answer(int method, Wire.Reader request, Wire.Writer out) {
        if (method == 1) {
            out.bool(failed || progress.cancelled());
            return;
        }
        long done = request.number64();
        Long total = request.maybe(Wire.Reader::number64);
        try {
            progress.advance(done, total == null ? OptionalLong.empty() : OptionalLong.of(total), request.text());
        } catch (Throwable e) {
            failed = true;
            throw e;
        }
    }

    @Override
    void release() {}
}

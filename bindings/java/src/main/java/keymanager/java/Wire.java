package keymanager.java;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Function;

/**
 * How records cross: numbers big-endian, a text or a list by its count (4 bytes) and its members, what may be missing after one
 * byte that says whether it is there. The native side is src/wire.rs.
 */
final class Wire {
    private Wire() {}

    /** Days as they cross. */
    static Short days(int days) {
        if (days < Short.MIN_VALUE || days > Short.MAX_VALUE) {
            throw new IllegalArgumentException("days are at most " + Short.MAX_VALUE);
        }
        return (short) days;
    }

    /** Bytes for the library. What it grew out of is wiped: a secret may be in it. */
    static final class Writer {
        private byte[] bytes = new byte[64];
        private int size;

        private void room(int more) {
            if (bytes.length - size < more) {
                byte[] larger = Arrays.copyOf(bytes, Math.max(Math.multiplyExact(bytes.length, 2), Math.addExact(size, more)));
                Arrays.fill(bytes, (byte) 0);
                bytes = larger;
            }
        }

        private void raw(byte[] more) {
            room(more.length);
            System.arraycopy(more, 0, bytes, size, more.length);
            size += more.length;
        }

        private void number(long value, int count) {
            room(count);
            for (int shift = 8 * (count - 1); shift >= 0; shift -= 8) {
                bytes[size++] = (byte) (value >>> shift);
            }
        }

        Writer bool(boolean value) {
            number(value ? 1 : 0, 1);
            return this;
        }

        Writer number8(int value) {
            number(value, 1);
            return this;
        }

        Writer number16(short value) {
            number(value, 2);
            return this;
        }

        Writer number32(int value) {
            number(value, 4);
            return this;
        }

        Writer number64(long value) {
            number(value, 8);
            return this;
        }

        Writer bytes(byte[] value) {
            number32(value.length);
            raw(value);
            return this;
        }

        Writer text(String value) {
            try {
                ByteBuffer text = StandardCharsets.UTF_8.newEncoder().onMalformedInput(CodingErrorAction.REPORT)
                        .encode(CharBuffer.wrap(value));
                number32(text.remaining());
                room(text.remaining());
                int count = text.remaining();
                text.get(bytes, size, count);
                size += count;
            } catch (CharacterCodingException half) {
                // Half of a surrogate pair: a byte that no UTF-8 has, which the library refuses in its own words.
                bytes(new byte[] {(byte) 0xff});
            }
            return this;
        }

        Writer record(Request value) {
            value.write(this);
            return this;
        }

        <T> Writer maybe(T value, BiConsumer<Writer, T> write) {
            bool(value != null);
            if (value != null) {
                write.accept(this, value);
            }
            return this;
        }

        <T> Writer list(List<T> values, BiConsumer<Writer, T> write) {
            number32(values.size());
            values.forEach(value -> write.accept(this, value));
            return this;
        }

        /** The bytes; this writer is empty afterwards. */
        byte[] take() {
            byte[] whole = Arrays.copyOf(bytes, size);
            Arrays.fill(bytes, (byte) 0);
            size = 0;
            return whole;
        }
    }

    /** Bytes from the library. */
    static final class Reader {
        private final ByteBuffer bytes;

        Reader(byte[] bytes) {
            this.bytes = ByteBuffer.wrap(bytes);
        }

        boolean bool() {
            return bytes.get() != 0;
        }

        int number8() {
            return bytes.get() & 0xff;
        }

        short number16() {
            return bytes.getShort();
        }

        int number32() {
            return bytes.getInt();
        }

        long number64() {
            return bytes.getLong();
        }

        byte[] bytes() {
            int count = number32();
            if (count < 0 || count > bytes.remaining()) {
                throw new BufferUnderflowException();
            }
            byte[] value = new byte[count];
            bytes.get(value);
            return value;
        }

        String text() {
            return new String(bytes(), StandardCharsets.UTF_8);
        }

        String maybeText() {
            return maybe(Reader::text);
        }

        <T> T maybe(Function<Reader, T> read) {
            return bool() ? read.apply(this) : null;
        }

        <T> List<T> list(Function<Reader, T> read) {
            int count = number32();
            List<T> list = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                list.add(read.apply(this));
            }
            return Collections.unmodifiableList(list);
        }
    }

    /** A row of the error table and a sentence. */
    static final class Row {
        final int number;
        final String name;
        final String category;
        final int exit;
        final String mosipCode;
        final String detail;
        final String next;

        Row(Reader from) {
            number = from.number32();
            name = from.text();
            category = from.text();
            exit = from.number8();
            mosipCode = from.maybeText();
            detail = from.text();
            next = from.text();
        }
    }
}

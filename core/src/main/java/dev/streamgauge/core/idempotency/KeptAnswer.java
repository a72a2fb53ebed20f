package dev.streamgauge.core.idempotency;

import dev.streamgauge.core.sample.SampleRejection;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What an idempotency record keeps of the first answer, as far as a repetition needs it. */
public sealed interface KeptAnswer {

    /** Length of a record's header: the version, and the SHA-256 of the body. */
    int HEADER_LENGTH = 33;

    /** Maximum length of a record of version 2, header included. */
    int MAX_RECORD_LENGTH = 512;

    /**
     * Version 1: the body of the answer, as it was sent.
     *
     * @param body JSON
     */
    record Rendered(byte[] body) implements KeptAnswer {}

    /**
     * Version 2: the result of the push, which each push protocol renders in its own way.
     *
     * @param accepted samples stored
     * @param rejected samples rejected
     * @param errors the first rejected samples, as many as fit into a record
     */
    record Counted(int accepted, int rejected, List<KeptError> errors) implements KeptAnswer {

        private static final int MAX_LENGTH = MAX_RECORD_LENGTH - HEADER_LENGTH;
        private static final int FIXED_LENGTH = 2 * Integer.BYTES + 1;
        private static final int MAX_BYTE = 255;

        public Counted {
            errors = List.copyOf(errors);
        }

        /** The result of a push; its rejections are sorted by index. */
        public static Counted of(int accepted, List<SampleRejection> rejections) {
            if (rejections.isEmpty()) {
                return new Counted(accepted, 0, List.of());
            }
            List<KeptError> errors = new ArrayList<>();
            int length = FIXED_LENGTH;
            for (SampleRejection rejection : rejections) {
                KeptError error =
                        new KeptError(rejection.index(), rejection.reason().id());
                length += error.length();
                if (length > MAX_LENGTH) {
                    break;
                }
                errors.add(error);
            }
            return new Counted(accepted, rejections.size(), errors);
        }

        /** The record without its header: u32 accepted, u32 rejected, u8 number of errors, then the errors. */
        public byte[] encode() {
            int length = FIXED_LENGTH;
            for (KeptError error : errors) {
                length += error.length();
            }
            ByteBuffer out = ByteBuffer.allocate(length)
                    .putInt(accepted)
                    .putInt(rejected)
                    .put((byte) errors.size());
            for (KeptError error : errors) {
                byte[] reason = error.reason().getBytes(StandardCharsets.US_ASCII);
                out.putInt(error.index()).put((byte) reason.length).put(reason);
            }
            return out.array();
        }

        private static Optional<KeptAnswer> decode(ByteBuffer in) {
            if (in.remaining() < FIXED_LENGTH) {
                return Optional.empty();
            }
            int accepted = in.getInt();
            int rejected = in.getInt();
            int size = in.get() & MAX_BYTE;
            List<KeptError> errors = new ArrayList<>(size);
            for (int i = 0; i < size; i++) {
                if (in.remaining() < KeptError.FIXED_LENGTH) {
                    return Optional.empty();
                }
                int index = in.getInt();
                int length = in.get() & MAX_BYTE;
                if (in.remaining() < length) {
                    return Optional.empty();
                }
                byte[] reason = new byte[length];
                in.get(reason);
                errors.add(new KeptError(index, new String(reason, StandardCharsets.US_ASCII)));
            }
            return in.hasRemaining() ? Optional.empty() : Optional.of(new Counted(accepted, rejected, errors));
        }
    }

    /**
     * A rejected sample: u32 index, u8 length of the reason, and the reason.
     *
     * @param index its place in the request, from 0
     * @param reason id of the reason; may be one that only a newer release knows
     */
    record KeptError(int index, String reason) {

        private static final int FIXED_LENGTH = Integer.BYTES + 1;

        private int length() {
            return FIXED_LENGTH + reason.length();
        }
    }

    /**
     * Reads a record without its header. Empty if the version is unknown, or the record is not of that version.
     *
     * @param version the first character of the record
     */
    static Optional<KeptAnswer> decode(String version, byte[] kept) {
        return switch (version) {
            case "1" -> Optional.of(new Rendered(kept));
            case "2" -> Counted.decode(ByteBuffer.wrap(kept));
            default -> Optional.empty();
        };
    }
}

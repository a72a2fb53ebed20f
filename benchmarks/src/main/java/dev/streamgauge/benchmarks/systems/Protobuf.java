package dev.streamgauge.benchmarks.systems;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/** Prometheus' delimited protobuf ({@code metrics.proto}), as Pushgateway takes it; counters and gauges only. */
final class Protobuf {

    private static final int VARINT = 0;
    private static final int FIXED64 = 1;
    private static final int BYTES = 2;

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    private Protobuf() {}

    /** A family after the other, each with the push's samples of its name; {@code job} is in the address. */
    static byte[] body(Workload workload, Push push) {
        int type = switch (workload.kind()) {
            case COUNTER -> 0;
            case GAUGE -> 1;
            case HISTOGRAM, SUMMARY -> throw new IllegalArgumentException("no raw values of a " + workload.kind());
        };
        Map<String, Protobuf> families = new LinkedHashMap<>();
        for (Push.Sample sample : push.samples()) {
            families.computeIfAbsent(
                            sample.name(), name -> new Protobuf().text(1, name).number(3, type))
                    .message(4, metric(type, sample));
        }
        Protobuf body = new Protobuf();
        for (Protobuf family : families.values()) {
            body.varint(family.bytes.size());
            body.bytes.writeBytes(family.bytes.toByteArray());
        }
        return body.bytes.toByteArray();
    }

    private static Protobuf metric(int type, Push.Sample sample) {
        return new Protobuf()
                .message(1, new Protobuf().text(1, "method").text(2, sample.method()))
                .message(1, new Protobuf().text(1, "path").text(2, sample.path()))
                .message(type == 0 ? 3 : 2, new Protobuf().real(1, sample.value()));
    }

    private Protobuf text(int field, String text) {
        return field(field, text.getBytes(StandardCharsets.UTF_8));
    }

    private Protobuf message(int field, Protobuf message) {
        return field(field, message.bytes.toByteArray());
    }

    private Protobuf field(int field, byte[] content) {
        varint((field << 3) | BYTES);
        varint(content.length);
        bytes.writeBytes(content);
        return this;
    }

    private Protobuf number(int field, int value) {
        varint((field << 3) | VARINT);
        varint(value);
        return this;
    }

    private Protobuf real(int field, double value) {
        varint((field << 3) | FIXED64);
        bytes.writeBytes(ByteBuffer.allocate(8)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putDouble(value)
                .array());
        return this;
    }

    private void varint(int value) {
        int rest = value;
        for (; rest > 0x7f; rest >>>= 7) {
            bytes.write((rest & 0x7f) | 0x80);
        }
        bytes.write(rest);
    }
}

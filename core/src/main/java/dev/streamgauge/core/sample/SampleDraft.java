package dev.streamgauge.core.sample;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A sample as sent, field by field, before any rule is applied. A parser fills it; {@code SampleRules} validates it. A
 * field that was not sent is null. The arrays are not copied. Not thread-safe.
 */
public final class SampleDraft {

    private @Nullable String name;
    private @Nullable String type;
    private @Nullable Double value;
    private double @Nullable [] values;
    private double @Nullable [] counts;
    private @Nullable Double sum;
    private @Nullable Double timestamp;
    private double @Nullable [] buckets;
    private double @Nullable [] quantiles;
    private double @Nullable [] epsilons;
    private @Nullable String help;
    private @Nullable String unit;

    final List<Label> labels = new ArrayList<>(6);

    private @Nullable Reason flaw;
    private String flawMessage = "";

    record Label(String name, String value) {}

    public void name(String text) {
        name = text;
    }

    public @Nullable String name() {
        return name;
    }

    public void type(String text) {
        type = text;
    }

    public @Nullable String type() {
        return type;
    }

    public void value(double number) {
        value = number;
    }

    public @Nullable Double value() {
        return value;
    }

    public void values(double[] numbers) {
        values = numbers;
    }

    public double @Nullable [] values() {
        return values;
    }

    public void counts(double[] numbers) {
        counts = numbers;
    }

    public double @Nullable [] counts() {
        return counts;
    }

    public void sum(double number) {
        sum = number;
    }

    public @Nullable Double sum() {
        return sum;
    }

    /** In Unix milliseconds; the rules reject a fraction. */
    public void timestamp(double millis) {
        timestamp = millis;
    }

    public @Nullable Double timestamp() {
        return timestamp;
    }

    public void buckets(double[] numbers) {
        buckets = numbers;
    }

    public double @Nullable [] buckets() {
        return buckets;
    }

    public void quantiles(double[] numbers) {
        quantiles = numbers;
    }

    public double @Nullable [] quantiles() {
        return quantiles;
    }

    public void epsilons(double[] numbers) {
        epsilons = numbers;
    }

    public double @Nullable [] epsilons() {
        return epsilons;
    }

    public void help(String text) {
        help = text;
    }

    public @Nullable String help() {
        return help;
    }

    public void unit(String text) {
        unit = text;
    }

    public @Nullable String unit() {
        return unit;
    }

    public void label(String labelName, String labelValue) {
        labels.add(new Label(labelName, labelValue));
    }

    /**
     * Adds the labels of the envelope that this sample does not set itself, except those with an empty value, which do
     * not count as labels. The envelope must have been validated: otherwise the number of its labels is not bounded,
     * and a body could multiply it by the number of its samples and of their labels.
     */
    public void addCommonLabels(SampleDraft common) {
        int own = labels.size();
        for (Label label : common.labels) {
            if (!label.value().isEmpty()
                    && labels.subList(0, own).stream()
                            .noneMatch(mine -> mine.name().equals(label.name()))) {
                labels.add(label);
            }
        }
    }

    /** Total length of the label names and values, in characters. */
    public long labelLength() {
        long length = 0;
        for (Label label : labels) {
            length += label.name().length() + label.value().length();
        }
        return length;
    }

    /** Records what the parser found wrong; only the first flaw is kept. */
    public void flaw(Reason reason, String message) {
        if (flaw == null) {
            flaw = reason;
            flawMessage = message;
        }
    }

    /** Whether a flaw is recorded, so that a further one need not be described. */
    public boolean isFlawed() {
        return flaw != null;
    }

    /** The first flaw. */
    public @Nullable Reason flaw() {
        return flaw;
    }

    public String flawMessage() {
        return flawMessage;
    }
}

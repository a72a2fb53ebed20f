package dev.streamgauge.core.sample;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A sample as sent, field by field, before any rule is applied. A parser fills it; {@link SampleRules} validates it.
 * Not thread-safe.
 */
public final class SampleDraft {

    @Nullable
    String name;

    @Nullable
    String type;

    @Nullable
    Double value;

    double @Nullable [] values;
    double @Nullable [] counts;

    @Nullable
    Double sum;

    @Nullable
    Double timestamp;

    double @Nullable [] buckets;
    double @Nullable [] quantiles;
    double @Nullable [] epsilons;

    @Nullable
    String help;

    @Nullable
    String unit;

    final List<Label> labels = new ArrayList<>(6);

    private @Nullable Reason flaw;
    private String flawMessage = "";

    record Label(String name, String value) {}

    public void name(String text) {
        name = text;
    }

    public void type(String text) {
        type = text;
    }

    public void value(double number) {
        value = number;
    }

    public void values(double[] numbers) {
        values = numbers;
    }

    public void counts(double[] numbers) {
        counts = numbers;
    }

    public void sum(double number) {
        sum = number;
    }

    /** In Unix milliseconds; the rules reject a fraction. */
    public void timestamp(double millis) {
        timestamp = millis;
    }

    public void buckets(double[] numbers) {
        buckets = numbers;
    }

    public void quantiles(double[] numbers) {
        quantiles = numbers;
    }

    public void epsilons(double[] numbers) {
        epsilons = numbers;
    }

    public void help(String text) {
        help = text;
    }

    public void unit(String text) {
        unit = text;
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

    @Nullable
    Reason flaw() {
        return flaw;
    }

    String flawMessage() {
        return flawMessage;
    }
}

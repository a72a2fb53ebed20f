package dev.streamgauge.standalone;

import java.lang.reflect.Proxy;
import java.util.List;

/**
 * Ctrl-C, SIGTERM and the loss of the terminal, taken over from the JVM: its own way ends with code 130, 143 or 129,
 * which {@code make} and supervisors report as a failure, and runs Quarkus' hook in the middle of a start.
 */
final class ExitSignals {
    private static final List<String> SIGNALS = List.of("INT", "TERM", "HUP");

    private ExitSignals() {}

    /**
     * Runs the action at each of these signals, in a thread of its own.
     *
     * <p>Uses reflection, as the compiler's warning about {@code sun.misc.Signal} cannot be suppressed; every JDK has
     * the class, in the module {@code jdk.unsupported}. Under {@code java -Xrs} a handler cannot be installed, and the
     * JVM's default behavior remains.
     */
    static void handle(Runnable action) {
        try {
            Class<?> signal = Class.forName("sun.misc.Signal");
            Class<?> handler = Class.forName("sun.misc.SignalHandler");
            Object proxy = Proxy.newProxyInstance(
                    ExitSignals.class.getClassLoader(), new Class<?>[] {handler}, (self, method, arguments) -> {
                        if (method.getName().equals("handle")) {
                            action.run();
                        }
                        return null;
                    });
            for (String name : SIGNALS) {
                Object named = signal.getConstructor(String.class).newInstance(name);
                signal.getMethod("handle", signal, handler).invoke(null, named, proxy);
            }
        } catch (ReflectiveOperationException e) {
            System.err.println("A stop by a signal will not end with code 0: " + e.getCause());
        }
    }
}

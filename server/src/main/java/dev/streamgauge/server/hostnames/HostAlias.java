package dev.streamgauge.server.hostnames;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Another name for a host whose name has an underscore, such as the services of Docker Compose and Swarm. RFC 952 allows
 * none, so {@link java.net.URI} finds no host in such an address, and neither does the client of Redis. It gets the
 * alias, and {@link #resolve} gives the name back when a connection is opened.
 *
 * <p>An alias is the name with {@code x5fx} for each underscore, which is 5F in ASCII, after a prefix that marks it.
 */
public final class HostAlias {

    private static final String PREFIX = "xu--";
    private static final String UNDERSCORE = "x5fx";

    /** The scheme, with user and password if there are any; the host; the rest. */
    private static final Pattern ADDRESS = Pattern.compile("(rediss?://(?:[^/?#]*@)?)([A-Za-z0-9._-]+)((?:[:/?].*)?)");

    private HostAlias() {}

    /** The address of a Redis, with the alias of its host if its name has an underscore. */
    public static String inAddress(String address) {
        Matcher parts = ADDRESS.matcher(address);
        return parts.matches() && parts.group(2).contains("_")
                ? parts.group(1) + PREFIX + parts.group(2).replace("_", UNDERSCORE) + parts.group(3)
                : address;
    }

    /** The name that has this alias, or the same name if it is none. */
    public static String resolve(String host) {
        return host.startsWith(PREFIX) ? host.substring(PREFIX.length()).replace(UNDERSCORE, "_") : host;
    }
}

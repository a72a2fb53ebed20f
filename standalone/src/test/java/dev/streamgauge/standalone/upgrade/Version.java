package dev.streamgauge.standalone.upgrade;

/** What the processes of one side of an upgrade run. */
sealed interface Version {

    /**
     * A commit that counts as a release.
     *
     * @param commit full hash
     */
    record Release(String commit, String note) implements Version {

        private static final int SHOWN_HASH_CHARS = 8;

        @Override
        public String toString() {
            return "release " + commit.substring(0, SHOWN_HASH_CHARS) + " (" + note + ")";
        }
    }

    /** The source tree that the test belongs to. */
    record ThisTree() implements Version {

        @Override
        public String toString() {
            return "this tree";
        }
    }
}

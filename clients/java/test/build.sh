#!/bin/sh
# Builds runtime.jar in a folder, for the oldest Java that the client supports, and an archive of the classes that a push
# needs: an environment starts and pushes much faster with it.
#
#   JAVA_HOME=... test/build.sh FOLDER
set -eu
cd "$(dirname "$0")/.."
folder=$1
bin=$JAVA_HOME/bin
"$bin/javac" --release 17 -Xlint:all -Werror -d "$folder/classes" Metrics.java test/Function.java test/Runtime.java
"$bin/jar" --create --file "$folder/runtime.jar" -C "$folder/classes" .
echo '{"samples":[["counter","c",1,{}]]}' | STREAMGAUGE_URL=http://127.0.0.1:1 \
    "$bin/java" -XX:ArchiveClassesAtExit="$folder/runtime.jsa" -Xlog:cds*=off,aot*=off -cp "$folder/runtime.jar" Runtime >"$folder/build.log" 2>&1

#!/bin/sh
# Builds lambda.jar in a folder, with AWS' runtime client in lib/ beside it.
#
#   JAVA_HOME=... test/build-lambda.sh FOLDER
set -eu
cd "$(dirname "$0")/.."
folder=$1
bin=$JAVA_HOME/bin
if [ ! -d "$folder/lib" ]; then
    ../../mvnw -B -ntp -q -f test/pom.xml dependency:copy-dependencies -DoutputDirectory="$folder/lib.new"
    mv "$folder/lib.new" "$folder/lib"
fi
# The runtime client unpacks its library to one path, over the file that another JVM has loaded, which ends that JVM.
(cd "$folder" && "$bin/jar" --extract --file lib/aws-lambda-java-runtime-interface-client-*.jar jni)
mv "$folder/jni/libaws-lambda-jni.linux-$(uname -m | sed s/aarch64/aarch_64/).so" "$folder/lambda-jni.so"
"$bin/javac" --release 17 -cp "$folder/lib/*" -d "$folder/classes" Metrics.java test/Function.java test/Handler.java
"$bin/jar" --create --file "$folder/lambda.jar" -C "$folder/classes" .

#!/bin/sh
# Prints the home of a JDK 25, or says what to install and fails.
set -eu

version=25

is_wanted() {
    [ -x "$1/bin/javac" ] && grep -Eqs "^JAVA_VERSION=\"$version([.\"+-])" "$1/release"
}

print_if_wanted() {
    if is_wanted "$1"; then
        printf '%s\n' "$1"
        exit 0
    fi
}

home_of_path() {
    java=$(command -v java) || return 0
    # Follows /usr/bin/java -> /etc/alternatives/java -> …; no readlink -f, which older macOS lacks.
    while [ -L "$java" ]; do
        target=$(readlink "$java")
        case $target in
            /*) java=$target ;;
            *) java=$(dirname "$java")/$target ;;
        esac
    done
    (cd "$(dirname "$java")/.." && pwd -P)
}

[ -z "${JAVA_HOME:-}" ] || print_if_wanted "$JAVA_HOME"
print_if_wanted "$(home_of_path)"
for home in \
    /usr/lib/jvm/* \
    /opt/* \
    "${HOME:-}"/.sdkman/candidates/java/* \
    "${HOME:-}"/.jdks/* \
    "${HOME:-}"/Library/Java/JavaVirtualMachines/*/Contents/Home \
    /Library/Java/JavaVirtualMachines/*/Contents/Home; do
    print_if_wanted "$home"
done
if [ -x /usr/libexec/java_home ]; then
    print_if_wanted "$(/usr/libexec/java_home -v "$version" 2>/dev/null || true)"
fi

echo "JDK $version not found: install one (for example Temurin, https://adoptium.net/temurin/releases/?version=$version) or point JAVA_HOME to it" >&2
exit 1

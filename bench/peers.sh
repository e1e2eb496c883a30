# What bin/bench failover and bin/bench calm need before they run; sourced by them.
. testbed/setup.sh

# Builds hacp, its AOT cache and kube-vip. Sets java, flags, classpath, cache and kube_vip (empty: there is none).
# $1: the benchmark's name. BENCH_SKIP_BUILD=1: what was built before is measured.
prepare() {
    if [ "$(id -u)" != 0 ]; then
        echo "bin/bench $1 makes network namespaces: run it as root" >&2
        exit 1
    fi
    require_jdk
    install_packages "${BUILD_PACKAGES[@]}" "${TEST_PACKAGES[@]}" keepalived
    testbed/kube/build > /dev/null
    kube_vip=$(bench/failover/kube-vip) || kube_vip=
    if [ -z "${BENCH_SKIP_BUILD:-}" ]; then
        say "building cli/target/hacp.jar"
        mvn -B -ntp -q -pl cli,testbed -am package dependency:build-classpath -DskipTests \
            -DincludeScope=runtime -Dmdep.outputFile=target/runtime-classpath
    fi
    java="$(find_jdk)/bin/java"
    classpath="testbed/target/classes:$(cat testbed/target/runtime-classpath)"
    flags=(-XX:+UseSerialGC -Xmx256m --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow)
    # As it is shipped: with the AOT cache that image and `hacp install` make.
    cache="$PWD/target/bench-$1/hacp.aot"
    mkdir -p "${cache%/*}"
    rm -f "$cache"
    say "making the agent's AOT cache"
    local options
    mapfile -t options < <(grep -v '^#' cli/src/main/resources/dev/hacp/cli/manifest/java.options)
    "$java" "${flags[@]}" -cp "$classpath" dev.hacp.testbed.image.AotTraining "$java" cli/target/hacp.jar "$cache" \
        "${options[@]}" -XX:+UnlockDiagnosticVMOptions -XX:-AOTRecordTraining
}

# What every guest finds below /hacp: Java, hacp.jar, vip's tests, the cases; sourced by ../run.

# make_share: $cache/share, made again where something is newer
make_share() {
    local share=$cache/share jdk peer
    jdk=$(find_jdk) || { require_jdk; return 1; }
    mkdir -p "$share"
    if [ ! -x "$share/java/bin/java" ]; then
        say "a Java for the guests"
        rm -rf "$share/java"
        # The archive of classes saves seconds of each start under emulation.
        "$jdk/bin/jlink" --output "$share/java" --vm server --no-man-pages --no-header-files --generate-cds-archive \
            --add-modules java.se,jdk.httpserver,jdk.jfr,jdk.management,jdk.unsupported,jdk.crypto.ec,jdk.zipfs
    fi
    if [ -z "${HACP_KERNELS_BUILT:-}" ]; then
        say "building hacp.jar and vip's tests"
        (cd "$root" && mvn -B -ntp -q -pl cli -am package -DskipTests -DskipITs \
            && mvn -B -ntp -q -pl vip -am test-compile dependency:build-classpath \
                -DincludeScope=test -Dmdep.outputFile=target/test-classpath)
    fi
    cp "$root/cli/target/hacp.jar" "$share/hacp.jar"
    rm -rf "$share/vip" "$share/cases" "$share/guest"
    mkdir -p "$share/vip/lib"
    cp -r "$root/vip/target/test-classes" "$root/vip/target/classes" "$share/vip/"
    local part number=0
    tr ':' '\n' < "$root/vip/target/test-classpath" | while read -r part; do
        number=$((number + 1))
        # The modules of this build are folders of classes, all of one name.
        case $part in
            # In JUnit's own program.
            */org/junit/*) ;;
            *.jar) cp "$part" "$share/vip/lib/" ;;
            *) cp -r "$part" "$share/vip/lib/classes-$number" ;;
        esac
    done
    cp "$(console_launcher)" "$share/vip/console.jar"
    cp -r "$here/cases" "$here/guest" "$share/"
    # Of the failover bench, built once.
    if [ ! -e "$share/kube-vip" ] && peer=$("$root/bench/failover/kube-vip"); then
        cp "$peer" "$share/kube-vip"
    fi
}

# JUnit's own program, of the version that the build uses.
console_launcher() {
    local version repository=${MAVEN_REPOSITORY:-$HOME/.m2/repository}
    version=$(sed -n 's:.*<junit.version>\(.*\)</junit.version>.*:\1:p' "$root/pom.xml")
    local jar=$repository/org/junit/platform/junit-platform-console-standalone/$version
    jar+=/junit-platform-console-standalone-$version.jar
    if [ ! -e "$jar" ]; then
        (cd "$root" && mvn -B -ntp -q dependency:get \
            -Dartifact="org.junit.platform:junit-platform-console-standalone:$version") >&2
    fi
    echo "$jar"
}

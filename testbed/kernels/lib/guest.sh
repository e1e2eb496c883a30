# Boots a guest for one case and keeps what it said; sourced by ../run.

emulator() {
    case $1 in
        arm64) echo qemu-system-aarch64 ;;
        *) echo qemu-system-x86_64 ;;
    esac
}

# header CASE KEY: from a line "# KEY: VALUE" of the case's file
header() {
    sed -n "s/^# $2: //p" "$here/cases/$1" | head -1
}

# run_case KERNEL ARCH CASE: false when the guest did not come to the case's end
run_case() {
    local kernel=$1 arch=$2 case=$3 name=$2-$1-$3 limit folder started=$SECONDS
    local console=$here/results/console/$name.log
    [ -e "$here/cases/$case" ] || die "no case $case; there are: $(ls "$here/cases")"
    limit=$(header "$case" limit)
    say "$case on $kernel ($arch), at most ${limit} s"
    # Namespaces of its own: no port of the machine is used, and nothing outlives the case.
    folder=$(mktemp -d)
    setpriv --pdeathsig KILL timeout -k 5 "$limit" setpriv --pdeathsig KILL unshare --net --pid --mount-proc --fork --kill-child \
        "$here/lib/boot" "$cache" "$kernel" "$arch" "$case" "$folder" > "$console.part" 2>&1 || true
    rm -rf "$folder"
    # The kernel prints time stamps and terminal sequences that differ from run to run.
    sed -e 's/\r$//' -e 's/\x1b\[[0-9;?]*[A-Za-z]//g' "$console.part" > "$console"
    rm -f "$console.part"
    # Guests of other kernels may end at the same time.
    (flock 9; keep_cells "$kernel" "$arch" "$case" "$console") 9> "$cache/results.lock"
    if ! grep -q "^@end $case code 0" "$console"; then
        echo "$case on $kernel ($arch) did not come to its end: $console ends with" >&2
        tail -5 "$console" >&2
        return 1
    fi
    say "$case on $kernel ($arch): $(grep -c '^@cell' "$console") cells after $((SECONDS - started)) s"
}

# The cells of this kernel, architecture and case take the place of those of an earlier run: all of them when the case came to its
# end, else those that were measured.
keep_cells() {
    local table=$here/results/cells.tsv release whole=0
    release=$(cat "$cache/kernel-$1-$2/release")
    ! grep -q "^@end $3 code 0" "$4" || whole=1
    touch "$table"
    grep '^@cell' "$4" | cut -f2- | awk -v OFS='\t' -v a="$2" -v k="$1" -v r="$release" -v c="$3" '{print a, k, r, c, $0}' > "$table.new"
    {
        awk -F'\t' -v a="$2" -v k="$1" -v c="$3" -v whole=$whole '
            FNR == NR { measured[$5, $6] = 1; next }
            !($1 == a && $2 == k && $4 == c && (whole || ($5, $6) in measured))' "$table.new" "$table"
        cat "$table.new"
    } | LC_ALL=C sort -s -t "$(printf '\t')" -k1,1 -k2,2V -k4,4 > "$table.part"
    mv "$table.part" "$table"
    rm "$table.new"
}

# Debian's packages of other suites and another architecture, without touching the machine's own apt; sourced by ../run.

# What every guest has.
BASE_PACKAGES=(base-files base-passwd bash coreutils dash debianutils diffutils findutils grep gzip hostname libc-bin login mount
    passwd perl-base sed tar util-linux mawk kmod procps iproute2 iputils-ping iputils-arping curl nftables tcpdump ethtool
    python3 socat)
# What only the x86-64 guest has: the network managers, firewalls, IPVS, and what vip's tests call.
MANAGER_PACKAGES=(init-system-helpers sysvinit-utils systemd systemd-sysv udev dbus network-manager firewalld ufw iptables ipset
    ipvsadm tshark wireguard-tools libpcap0.8)

# kernel_suite VERSION: the suite whose kernel it is
kernel_suite() {
    case $1 in
        5.10) echo bullseye ;;
        6.1) echo bookworm ;;
        6.12) echo trixie ;;
        newest) echo trixie-backports ;;
        *) die "no kernel $1 (expected: 5.10, 6.1, 6.12 or newest)" ;;
    esac
}

# The mirror that this machine's own apt uses.
mirror() {
    apt-get indextargets --format '$(REPO_URI)' | grep -v security | sort -u | head -1
}

# use_suite SUITE ARCH: apt-get and apt-cache of this shell look there, with nothing installed.
use_suite() {
    local folder=$cache/apt/$1-$2
    export APT_CONFIG=$folder/apt.conf
    [ ! -e "$folder/updated" ] || return 0
    mkdir -p "$folder/lists/partial" "$folder/archives/partial"
    echo "deb [arch=$2] $(APT_CONFIG='' mirror) $1 main" > "$folder/sources.list"
    : > "$folder/status"
    cat > "$APT_CONFIG" <<CONF
APT::Architecture "$2"; APT::Architectures { "$2"; }; APT::Install-Recommends "false"; APT::Sandbox::User "root";
Acquire::Languages "none";
Dir::State "$folder"; Dir::State::lists "$folder/lists"; Dir::State::status "$folder/status";
Dir::Cache "$folder"; Dir::Cache::archives "$folder/archives";
Dir::Etc::SourceList "$folder/sources.list"; Dir::Etc::SourceParts "/dev/null"; Dir::Etc::Parts "/dev/null";
Dir::Etc::Main "/dev/null"; Dir::Etc::Preferences "/dev/null"; Dir::Etc::PreferencesParts "/dev/null";
CONF
    say "package lists of $1 for $2"
    apt-get -qq update
    touch "$folder/updated"
}

# unpack TREE FILE...: without running any of their scripts, and without replacing the links of a merged /usr by folders
unpack() {
    local tree=$1 file
    shift
    for file in "$@"; do
        dpkg-deb --fsys-tarfile "$file" | tar -x --keep-directory-symlink -C "$tree"
    done
}

# make_kernel VERSION ARCH: $cache/kernel-VERSION-ARCH with vmlinuz, the modules and an initramfs; prints nothing
make_kernel() {
    local out=$cache/kernel-$1-$2 release name names
    if [ -e "$out/release" ]; then
        [ "$out/initramfs" -nt "$here/guest/init" ] || make_initramfs "$out" "$(cat "$out/release")" "$2"
        return
    fi
    (
        use_suite "$(kernel_suite "$1")" "$2"
        say "kernel $1 for $2"
        rm -rf "$out"
        mkdir -p "$out/debs" "$out/tree/usr/lib" "$out/tree/boot"
        ln -s usr/lib "$out/tree/lib"
        # From trixie-backports on, the modules and the kernel itself are packages of their own.
        names=$(apt-cache depends --recurse --no-recommends --no-suggests --no-breaks --no-conflicts --no-replaces \
            "linux-image-$2" | grep -xE "linux-(base|image|modules|binary)-[0-9].*-$2" | sort -u)
        cd "$out/debs"
        for name in $names; do
            apt-get -qq download "$name"
        done
        unpack "$out/tree" ./*.deb
        release=$(ls "$out/tree/usr/lib/modules")
        find "$out/tree" -name 'vmlinuz*' -type f -exec cp {} "$out/vmlinuz" \;
        depmod -b "$out/tree" "$release"
        make_initramfs "$out" "$release" "$2"
        rm -rf "$out/debs"
        echo "$release" > "$out/release"
    )
}

# Just enough to reach the root image and the shared folder.
make_initramfs() {
    local out=$1 release=$2 tree=$1/initramfs.tree module
    rm -rf "$tree"
    mkdir -p "$tree"/{bin,modules,proc,sys,dev,root}
    if [ ! -e "$out/busybox" ]; then
        (
            use_suite bookworm "$3"
            cd "$out"
            apt-get -qq download busybox-static
            dpkg-deb --fsys-tarfile busybox-static_*.deb | tar -xO --wildcards '*bin/busybox' > busybox
            rm busybox-static_*.deb
        )
    fi
    cp "$out/busybox" "$tree/bin/busybox"
    chmod +x "$tree/bin/busybox"
    for module in virtio_pci virtio_blk virtio_net virtio_rng ext4 9p 9pnet_virtio overlay; do
        # Those that are part of the kernel itself are called builtin.
        modprobe -d "$out/tree" -S "$release" --show-depends "$module" 2> /dev/null || true
    done | awk '$1 == "insmod" && !seen[$2]++ {print $2}' | while read -r module; do
        name=$(basename "$module")
        case $name in
            *.xz) xz -dc "$module" > "$tree/modules/${name%.xz}" ;;
            *.zst) zstd -qdc "$module" > "$tree/modules/${name%.zst}" ;;
            *) cp "$module" "$tree/modules/$name" ;;
        esac
        echo "${name%.ko*}.ko" >> "$tree/modules/order"
    done
    cp "$here/guest/init" "$tree/init"
    chmod +x "$tree/init"
    (cd "$tree" && find . | cpio -o -H newc --quiet | gzip -1) > "$out/initramfs"
    rm -rf "$tree"
}

# make_root ARCH: $cache/root-ARCH.img, an ext4 of Debian's packages as they are when nothing was configured
make_root() {
    local image=$cache/root-$1.img tree=$cache/root-$1 suite=bookworm packages=("${BASE_PACKAGES[@]}")
    [ ! "$image" -nt "$here/lib/packages.sh" ] || return 0
    case $1 in
        amd64) packages+=("${MANAGER_PACKAGES[@]}") ;;
        # The first with a Java 25.
        arm64) suite=trixie packages+=(openjdk-25-jre-headless libpcap0.8t64) ;;
    esac
    (
        use_suite "$suite" "$1"
        say "root of $suite for $1"
        rm -rf "$tree"
        mkdir -p "$tree"/usr/{bin,sbin,lib,lib64}
        for name in bin sbin lib lib64; do
            ln -s "usr/$name" "$tree/$name"
        done
        apt-get -qq -y -d install "${packages[@]}"
        unpack "$tree" "$cache/apt/$suite-$1"/archives/*.deb
        configure_root "$tree"
        mke2fs -q -t ext4 -O ^has_journal -m 0 -d "$tree" "$image.part" 2G
        mv "$image.part" "$image"
        rm -rf "$tree"
    )
}

# What the packages' own scripts would have done, as far as it is needed.
configure_root() {
    local tree=$1 tool
    mkdir -p "$tree"/usr/lib/modules "$tree/usr/local/bin" "$tree"/{hacp,hacp-run,proc,sys,dev,run,tmp,root,etc/netns} "$tree"/var/{lib,log,tmp,cache}
    [ -e "$tree/var/run" ] || ln -s ../run "$tree/var/run"
    cp "$tree/usr/share/base-passwd/passwd.master" "$tree/etc/passwd"
    cp "$tree/usr/share/base-passwd/group.master" "$tree/etc/group"
    cat >> "$tree/etc/passwd" <<'USERS'
messagebus:x:100:107::/nonexistent:/usr/sbin/nologin
systemd-network:x:998:998::/:/usr/sbin/nologin
systemd-resolve:x:997:997::/:/usr/sbin/nologin
tcpdump:x:101:108::/nonexistent:/usr/sbin/nologin
USERS
    cat >> "$tree/etc/group" <<'GROUPS'
messagebus:x:107:
tcpdump:x:108:
systemd-journal:x:999:
systemd-network:x:998:
systemd-resolve:x:997:
input:x:996:
sgx:x:995:
kvm:x:994:
render:x:993:
netdev:x:109:
GROUPS
    echo 0123456789abcdef0123456789abcdef > "$tree/etc/machine-id"
    echo guest > "$tree/etc/hostname"
    printf '127.0.0.1 localhost guest\n' > "$tree/etc/hosts"
    printf 'passwd: files\ngroup: files\nhosts: files\n' > "$tree/etc/nsswitch.conf"
    for tool in iptables iptables-save iptables-restore ip6tables ip6tables-save ip6tables-restore; do
        if [ -e "$tree/usr/sbin/${tool/tables/tables-nft}" ]; then
            ln -sf "${tool/tables/tables-nft}" "$tree/usr/sbin/$tool"
        fi
    done
    [ -e "$tree/usr/bin/awk" ] || ln -s mawk "$tree/usr/bin/awk"
    if [ -d "$tree/usr/share/ufw/iptables" ]; then
        cp "$tree"/usr/share/ufw/iptables/* "$tree"/usr/share/ufw/*.init "$tree/usr/share/ufw/ufw.conf" "$tree/etc/ufw/"
    fi
    # Without its own compiled modules firewalld takes a minute to start under emulation.
    if [ -d "$tree/usr/lib/python3.11" ] && command -v python3.11 > /dev/null; then
        python3.11 -m compileall -q -s "$tree" "$tree/usr/lib/python3.11" "$tree/usr/lib/python3/dist-packages" > /dev/null || true
    fi
    if [ -d "$tree/usr/lib/systemd/system" ]; then
        cp "$here"/guest/*.service "$here"/guest/*.target "$tree/etc/systemd/system/"
        for unit in systemd-update-done ldconfig systemd-hwdb-update systemd-journal-catalog-update systemd-firstboot \
            systemd-sysusers systemd-machine-id-commit systemd-timesyncd systemd-random-seed systemd-journal-flush \
            systemd-update-utmp systemd-pcrphase-sysinit systemd-boot-system-token ufw; do
            ln -sf /dev/null "$tree/etc/systemd/system/$unit.service"
        done
    fi
}

# What the cases use; sourced by start.

now() {
    cut -d' ' -f1 /proc/uptime
}

# until_true SECONDS WHAT COMMAND...: false, and a line, when it did not become true
until_true() {
    local limit=$1 what=$2 end
    shift 2
    end=$(($(date +%s) + limit))
    until "$@" > /dev/null 2>&1; do
        if [ "$(date +%s)" -ge "$end" ]; then
            echo "@fault not within $limit s: $what"
            return 1
        fi
        sleep 0.2
    done
}

# start_probe NAMESPACE VIP4|- VIP6|- PORT|-: ahead of everything else in the guest, so that it measures the VIP and not the guest
start_probe() {
    rm -f /tmp/probe
    ip netns exec "$1" chrt -f 50 python3 /hacp/guest/probe.py /tmp/probe "$2" "$3" "$4" &
    PROBE=$!
    until_true 30 "$2 or $3 answers" grep -q '^a' /tmp/probe
}

# start_agent NAMESPACE NAME ADDRESS-INTERFACE ARGUMENT...: hacp run with the shipped Java options; its log is /tmp/NAME.log
start_agent() {
    local namespace=$1 name=$2 interface=$3
    shift 3
    ${namespace:+ip netns exec "$namespace"} java -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Xms8m -Xmx64m \
        -XX:MaxDirectMemorySize=64m -XX:-UsePerfData -jar /hacp/hacp.jar run --interface "$interface" --node-name "$name" \
        --kubeconfig /hacp-run/kubeconfig --control-socket "/tmp/$name.sock" "$@" > "/tmp/$name.log" 2>&1 &
    echo $! > "/tmp/$name.pid"
}

end_probe() {
    kill "$PROBE"
    wait "$PROBE" 2> /dev/null
}

# longest FROM TO: "icmp4=MS icmp6=MS tcp4=MS", for each the longest time in which what was sent was not answered within half a
# second: a SYN that the kernel had to repeat was not
longest() {
    awk -v from="$1" -v to="$2" '
        $1 == "s" { n++; kind[n] = $2; id[n] = $3; t[n] = $4; kinds[$2] = 1; sent[$2, $3] = $4 }
        $1 == "a" && $4 - sent[$2, $3] < 0.5 { ok[$2, $3] = 1 }
        END {
            for (i = 1; i <= n; i++) {
                if (t[i] < from || t[i] > to) continue
                k = kind[i]
                if (!((k, id[i]) in ok)) {
                    if (!(k in since)) since[k] = t[i]
                } else if (k in since) {
                    if (t[i] - since[k] > most[k]) most[k] = t[i] - since[k]
                    delete since[k]
                }
            }
            for (k in since) if (to - since[k] > most[k]) most[k] = to - since[k]
            split("icmp4 icmp6 tcp4", order, " ")
            for (j = 1; j <= 3; j++) if (order[j] in kinds) printf "%s%s=%d", (shown++ ? " " : ""), order[j], most[order[j]] * 1000 + 0.5
        }' /tmp/probe
}

# cell LINK EVENT TIMES SAID: one line of the results
cell() {
    printf '@cell\t%s\t%s\t%s\t%s\n' "$1" "$2" "$3" "$(echo "$4" | paste -sd ';' | tr '\t' ' ' | sed 's/;/; /g')"
}

# during LOG LINK EVENT SECONDS COMMAND...: how long the VIP was not answered from before the command until SECONDS after it, and
# what LOG said in that time
during() {
    local log=$1 link=$2 event=$3 seconds=$4 from to before
    shift 4
    before=$(wc -l < "$log")
    from=$(now)
    "$@" > /tmp/during 2>&1 || echo "note: $link, $event: $* ended with $?: $(tail -2 /tmp/during | tr '\n' ' ')"
    sleep "$seconds"
    to=$(now)
    # An answer may be on its way.
    sleep 0.5
    cell "$link" "$event" "$(longest "$from" "$to")" "$(tail -n "+$((before + 1))" "$log" | said)"
}

# The lines of a log that an operator would read, each kind once, without times.
said() {
    sed -n -e 's/^@said //p' -e 's/^[0-9TZ:. -]* \(WARN\|ERROR\)  *//p' | sed -e 's/^[^ ]* - //' | awk '!seen[$0]++' | head -4
}

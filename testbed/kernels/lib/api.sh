# A real etcd and kube-apiserver on this namespace's loopback, which guests see as 10.0.2.2; sourced by boot.

API_PORT=6443

# start_api FOLDER: returns when it is ready; FOLDER/run/kubeconfig is for the guest
start_api() {
    local folder=$1 kube etcd tries=0
    kube=$(ls -d "${XDG_CACHE_HOME:-$HOME/.cache}"/hacp/kube/*/ | tail -1)
    kube=${KUBEBUILDER_ASSETS:-$kube}
    etcd=$(command -v etcd || echo "$kube/etcd")
    make_certificates "$folder/pki"
    "$etcd" --name=one --data-dir="$folder/etcd" --listen-client-urls=http://127.0.0.1:2379 \
        --advertise-client-urls=http://127.0.0.1:2379 --listen-peer-urls=http://127.0.0.1:2380 \
        --unsafe-no-fsync > "$folder/etcd.log" 2>&1 &
    "$kube/kube-apiserver" --etcd-servers=http://127.0.0.1:2379 --bind-address=127.0.0.1 --secure-port=$API_PORT \
        --advertise-address=10.0.2.2 --tls-cert-file="$folder/pki/server.crt" --tls-private-key-file="$folder/pki/server.key" \
        --client-ca-file="$folder/pki/ca.crt" --authorization-mode=Node,RBAC --service-cluster-ip-range=10.96.0.0/16 \
        --service-account-issuer=https://kubernetes.default.svc.cluster.local \
        --service-account-key-file="$folder/pki/server.key" --service-account-signing-key-file="$folder/pki/server.key" \
        --disable-admission-plugins=ServiceAccount --profiling=false > "$folder/apiserver.log" 2>&1 &
    until curl -sf -m 2 --cacert "$folder/pki/ca.crt" --cert "$folder/pki/admin.crt" --key "$folder/pki/admin.key" \
        "https://127.0.0.1:$API_PORT/readyz" > /dev/null; do
        tries=$((tries + 1))
        if [ $tries = 240 ]; then
            echo "@fault the API server is not ready"
            tail -5 "$folder/apiserver.log" "$folder/etcd.log"
            exit 1
        fi
        sleep 0.25
    done
    make_kubeconfig "$folder/pki" > "$folder/run/kubeconfig"
    for tries in 1 2 3; do
        make_node "$folder/pki" "n$tries" "10.9.0.1$tries"
    done > "$folder/nodes.log"
}

# make_node PKI NAME ADDRESS: a control-plane node, where other software looks for API servers
make_node() {
    local ask=(curl -sS -m 5 --cacert "$1/ca.crt" --cert "$1/admin.crt" --key "$1/admin.key")
    "${ask[@]}" -H 'Content-Type: application/json' "https://127.0.0.1:$API_PORT/api/v1/nodes" -d \
        '{"apiVersion":"v1","kind":"Node","metadata":{"name":"'"$2"'","labels":{"node-role.kubernetes.io/control-plane":""}}}'
    "${ask[@]}" -X PATCH -H 'Content-Type: application/merge-patch+json' "https://127.0.0.1:$API_PORT/api/v1/nodes/$2/status" -d \
        '{"status":{"addresses":[{"type":"InternalIP","address":"'"$3"'"}],"conditions":[{"type":"Ready","status":"True"}]}}'
}

make_certificates() {
    local pki=$1 name
    mkdir -p "$pki"
    (
        cd "$pki"
        openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=test-ca -keyout ca.key -out ca.crt
        printf 'subjectAltName=DNS:kubernetes,DNS:kubernetes.default,IP:127.0.0.1,IP:10.0.2.2,IP:10.96.0.1,IP:10.9.0.11,IP:10.9.0.12,IP:10.9.0.13,IP:10.9.0.100\n' > server.ext
        printf 'extendedKeyUsage=clientAuth\n' > admin.ext
        for name in server:/CN=kube-apiserver admin:/O=system:masters/CN=admin; do
            openssl req -newkey rsa:2048 -nodes -subj "${name#*:}" -keyout "${name%%:*}.key" -out "${name%%:*}.csr"
            openssl x509 -req -in "${name%%:*}.csr" -CA ca.crt -CAkey ca.key -CAcreateserial -days 30 \
                -extfile "${name%%:*}.ext" -out "${name%%:*}.crt"
        done
    ) 2> "$pki/openssl.log"
}

make_kubeconfig() {
    cat <<CONF
apiVersion: v1
kind: Config
current-context: test
contexts: [{name: test, context: {cluster: test, user: admin}}]
clusters: [{name: test, cluster: {server: "https://10.0.2.2:$API_PORT", certificate-authority-data: $(base64 -w0 "$1/ca.crt")}}]
users: [{name: admin, user: {client-certificate-data: $(base64 -w0 "$1/admin.crt"), client-key-data: $(base64 -w0 "$1/admin.key")}}]
CONF
}

#!/usr/bin/env python3
"""Packs a root file system into an OCI image layout (image-spec v1.1) as one tar: oci.py ROOTFS OUT.tar ARCH VERSION.

Three layers, so that an update pulls only what changed: Java and libraries, the program, its AOT cache. Owners, times and
order are fixed: the same files give the same bytes. Prints sizes and the manifest's digest.
"""
import gzip
import hashlib
import io
import json
import os
import sys
import tarfile

EPOCH = 1_793_491_200  # as deploy/image/rootfs
CREATED = "2026-11-01T00:00:00Z"
MEDIA = "application/vnd.oci.image."
CACHE = "opt/hacp/hacp.aot"


def layer_of(path):
    if path == CACHE:
        return 2
    return 1 if path.startswith("opt/hacp/") else 0


def layers(root):
    """The uncompressed tars, each in sorted order; folders come with the first that has something in them."""
    streams = [io.BytesIO() for _ in range(3)]
    tars = [tarfile.open(fileobj=s, mode="w", format=tarfile.PAX_FORMAT) for s in streams]
    for folder, folders, files in os.walk(root):
        folders.sort()
        for name in sorted(files + folders):
            full = os.path.join(folder, name)
            path = os.path.relpath(full, root)
            info = tars[0].gettarinfo(full, path)
            info.uid = info.gid = 0
            info.uname = info.gname = ""
            info.mtime = EPOCH
            tar = tars[layer_of(path)]
            if info.isreg():
                with open(full, "rb") as data:
                    tar.addfile(info, data)
            else:
                tar.addfile(info)
    for tar in tars:
        tar.close()
    return [s.getvalue() for s in streams]


def zipped(data):
    out = io.BytesIO()
    with gzip.GzipFile(fileobj=out, mode="wb", mtime=0, compresslevel=6) as stream:
        stream.write(data)
    return out.getvalue()


def main(root, out, arch, version):
    blobs = {}

    def blob(kind, data):
        digest = hashlib.sha256(data).hexdigest()
        blobs[digest] = data
        return {"mediaType": MEDIA + kind, "digest": "sha256:" + digest, "size": len(data)}

    plain = layers(root)
    packed = [zipped(data) for data in plain]
    config = {
        "created": CREATED,
        "architecture": arch,
        "os": "linux",
        "config": {
            "Entrypoint": ["/opt/java/bin/java", "@/opt/hacp/java.options"],
            "Cmd": ["--help"],
            "WorkingDir": "/",
            "Labels": {
                "org.opencontainers.image.title": "hacp",
                "org.opencontainers.image.version": version,
                "org.opencontainers.image.licenses": "Apache-2.0",
            },
        },
        "rootfs": {"type": "layers", "diff_ids": ["sha256:" + hashlib.sha256(data).hexdigest() for data in plain]},
        "history": [{"created": CREATED, "created_by": "deploy/image/build: " + what}
                    for what in ("Java and libraries", "hacp", "AOT cache")],
    }
    manifest = json.dumps({
        "schemaVersion": 2,
        "mediaType": MEDIA + "manifest.v1+json",
        "config": blob("config.v1+json", json.dumps(config, sort_keys=True).encode()),
        "layers": [blob("layer.v1.tar+gzip", data) for data in packed],
    }, sort_keys=True).encode()
    entry = blob("manifest.v1+json", manifest)
    name = "localhost/hacp:" + version
    entry.update(platform={"architecture": arch, "os": "linux"}, annotations={
        "org.opencontainers.image.ref.name": name,
        # What `ctr images import` and k3s name it by.
        "io.containerd.image.name": name,
    })
    index = json.dumps({"schemaVersion": 2, "mediaType": MEDIA + "index.v1+json", "manifests": [entry]},
                       sort_keys=True).encode()

    with tarfile.open(out, "w") as tar:
        def put(path, data):
            info = tarfile.TarInfo(path)
            info.size = len(data)
            info.mode = 0o644
            info.mtime = EPOCH
            tar.addfile(info, io.BytesIO(data))
        put("oci-layout", b'{"imageLayoutVersion":"1.0.0"}')
        put("index.json", index)
        for digest, data in sorted(blobs.items()):
            put("blobs/sha256/" + digest, data)

    def megabytes(parts):
        return " + ".join(f"{len(part) / 1e6:.1f}" for part in parts) + f" = {sum(map(len, parts)) / 1e6:.1f} MB"
    print(f"image: {name} ({arch}) in {out}, {entry['digest']}")
    print(f"image: Java and libraries + hacp + AOT cache: {megabytes(plain)}, compressed {megabytes(packed)}")


if __name__ == "__main__":
    main(*sys.argv[1:])

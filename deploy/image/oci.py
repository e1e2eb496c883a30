#!/usr/bin/env python3
"""Packs a root file system into an OCI image layout (image-spec v1.1) as one tar: oci.py ROOTFS OUT.tar ARCH 'JAVA OPTIONS'.

Same input, same bytes: owners, times and order are fixed. One layer, gzip. Prints the size and the manifest digest.
"""
import gzip
import hashlib
import io
import json
import os
import sys
import tarfile

EPOCH = 1_793_491_200  # 2026-11-01T00:00:00Z, as project.build.outputTimestamp


def fixed(info):
    info.uid = info.gid = 0
    info.uname = info.gname = ""
    info.mtime = EPOCH
    return info


def layer(root):
    """The uncompressed layer tar of everything below root, in sorted order."""
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for folder, folders, files in os.walk(root):
            folders.sort()
            for name in sorted(files + [d for d in folders]):
                path = os.path.join(folder, name)
                tar.add(path, os.path.relpath(path, root), recursive=False, filter=fixed)
    return raw.getvalue()


def main(root, out, arch, java_options):
    blobs = {}

    def blob(data):
        digest = hashlib.sha256(data).hexdigest()
        blobs[digest] = data
        return "sha256:" + digest

    plain = layer(root)
    zipped = io.BytesIO()
    with gzip.GzipFile(fileobj=zipped, mode="wb", mtime=0, compresslevel=9) as stream:
        stream.write(plain)
    config = json.dumps({
        "created": "2026-11-01T00:00:00Z",
        "architecture": arch,
        "os": "linux",
        "config": {
            "Entrypoint": ["/opt/java/bin/java", *java_options.split(), "-jar", "/opt/hacp/hacp.jar"],
            "Cmd": ["run"],
            "WorkingDir": "/",
            "Labels": {
                "org.opencontainers.image.title": "hacp",
                "org.opencontainers.image.licenses": "Apache-2.0",
            },
        },
        "rootfs": {"type": "layers", "diff_ids": ["sha256:" + hashlib.sha256(plain).hexdigest()]},
        "history": [{"created": "2026-11-01T00:00:00Z", "created_by": "deploy/image/build"}],
    }, sort_keys=True).encode()
    media = "application/vnd.oci.image."
    manifest = json.dumps({
        "schemaVersion": 2,
        "mediaType": media + "manifest.v1+json",
        "config": {"mediaType": media + "config.v1+json", "digest": blob(config), "size": len(config)},
        "layers": [{
            "mediaType": media + "layer.v1.tar+gzip",
            "digest": blob(zipped.getvalue()),
            "size": len(zipped.getvalue()),
        }],
    }, sort_keys=True).encode()
    index = json.dumps({
        "schemaVersion": 2,
        "mediaType": media + "index.v1+json",
        "manifests": [{
            "mediaType": media + "manifest.v1+json",
            "digest": blob(manifest),
            "size": len(manifest),
            "platform": {"architecture": arch, "os": "linux"},
            "annotations": {"org.opencontainers.image.ref.name": "hacp:latest"},
        }],
    }, sort_keys=True).encode()

    with tarfile.open(out, "w") as tar:
        def put(name, data):
            info = tarfile.TarInfo(name)
            info.size = len(data)
            info.mode = 0o644
            tar.addfile(fixed(info), io.BytesIO(data))
        put("oci-layout", b'{"imageLayoutVersion":"1.0.0"}')
        put("index.json", index)
        for digest, data in sorted(blobs.items()):
            put("blobs/sha256/" + digest, data)
    print(f"image: {out}: {len(zipped.getvalue()) / 1e6:.1f} MB compressed, {len(plain) / 1e6:.1f} MB unpacked,"
          f" manifest sha256:{hashlib.sha256(manifest).hexdigest()}")


if __name__ == "__main__":
    main(*sys.argv[1:])

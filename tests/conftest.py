"""What tests of several packages share: an S3-compatible server on loopback."""

import os

import pytest


@pytest.fixture(scope="module")
def bucket():
    """The address of an empty bucket that the environment's credentials open."""
    import boto3
    import s3fs
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    wanted = {
        "AWS_ENDPOINT_URL": f"http://{host}:{port}", "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing", "AWS_DEFAULT_REGION": "us-east-1",
    }  # fmt: skip
    before = {name: os.environ.get(name) for name in wanted}
    os.environ.update(wanted)
    s3fs.S3FileSystem.clear_instance_cache()  # of another server
    boto3.client("s3").create_bucket(Bucket="echo")
    yield "s3://echo"
    for name, value in before.items():
        os.environ.pop(name) if value is None else os.environ.update({name: value})
    s3fs.S3FileSystem.clear_instance_cache()
    server.stop()

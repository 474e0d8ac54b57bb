#!/bin/sh
# Redis with an append-only file and one user, whose password never stands in a command line.
set -eu
umask 077
printf 'user default off\nuser fazhi on >%s ~fazhi* &fazhi* &fazhi-queue:cancel:* +@all -@dangerous +info +config|get +client +script\n' \
    "$REDIS_PASSWORD" > /run/users.acl
exec redis-server --aclfile /run/users.acl --dir /data --appendonly yes --appendfsync always \
    --save '' --maxmemory-policy noeviction

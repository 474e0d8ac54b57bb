"""
The steps that happen whole or not at all: Lua, run inside Redis.

Each is safe to run twice with the same arguments, because the client repeats a command whose answer was lost. They know
the fields of `records` and nothing of time: `now` is always an argument, in seconds.
"""

from typing import Final

_TOUCH: Final = """
local function touch(id)
    redis.call('HINCRBY', KEYS[1], 'rev', 1)
    redis.call('PUBLISH', 'fazhi:changed', id .. ' ' .. (redis.call('HGET', KEYS[1], 'status') or ''))
end
local function is_terminal(status)
    return status == 'completed' or status == 'incomplete' or status == 'failed' or status == 'cancelled'
end
local function finish(id, status, now, result_ttl_ms, tombstone_ttl_ms)
    local ends = string.format('%.6f', now + result_ttl_ms / 1000)
    redis.call('HSET', KEYS[1], 'status', status, 'completed_at', string.format('%.6f', now), 'expires_at', ends)
    redis.call('HDEL', KEYS[1], 'token', 'down_since', 'worker')
    redis.call('PEXPIRE', KEYS[1], result_ttl_ms + tombstone_ttl_ms)
    redis.call('PEXPIRE', 'fazhi:text:' .. id, result_ttl_ms)
    redis.call('ZREM', 'fazhi:queued', id)
    redis.call('ZREM', 'fazhi:running', id)
    redis.call('ZREM', 'fazhi:unsent', id)
    redis.call('ZADD', 'fazhi:expiring', ends, id)
    touch(id)
end
"""

# KEYS job, text, owner, idempotency or job again (an ACL looks at every key). ARGV id, now, max queued, body hash,
# ttl ms, text, then fields.
# -> {'created'} | {'same', id} | {'other'} | {'full'}
CREATE: Final = """
local id, now = ARGV[1], ARGV[2]
if redis.call('EXISTS', KEYS[1]) == 1 then return {'created'} end
if KEYS[4] ~= KEYS[1] then
    local kept = redis.call('GET', KEYS[4])
    if kept then
        local kept_id, kept_hash = string.match(kept, '^(%S+) (%S+)$')
        if redis.call('EXISTS', 'fazhi:job:' .. kept_id) == 1 then
            if kept_hash == ARGV[4] then return {'same', kept_id} end
            return {'other'}
        end
    end
end
if redis.call('ZCARD', 'fazhi:queued') >= tonumber(ARGV[3]) then return {'full'} end
local fields = {}
for i = 7, #ARGV do fields[#fields + 1] = ARGV[i] end
redis.call('HSET', KEYS[1], unpack(fields))
redis.call('SET', KEYS[2], ARGV[6])
redis.call('ZADD', KEYS[3], 0, id)
redis.call('ZADD', 'fazhi:jobs', 0, id)
redis.call('ZADD', 'fazhi:queued', now, id)
redis.call('ZADD', 'fazhi:unsent', now, id)
if KEYS[4] ~= KEYS[1] then redis.call('SET', KEYS[4], id .. ' ' .. ARGV[4], 'PX', ARGV[5]) end
return {'created'}
"""

# KEYS job. ARGV id, now, token, worker.
# A claim that finds the job in progress under another token follows one whose worker vanished: a strike, unless that
# one had got further than any before it. -> {'gone'} | {'ended'} | {'claimed', fields, text}
CLAIM: Final = (
    _TOUCH
    + """
local id, now, token = ARGV[1], ARGV[2], ARGV[3]
redis.call('ZREM', 'fazhi:unsent', id)
local status = redis.call('HGET', KEYS[1], 'status')
if not status then return {'gone'} end
if is_terminal(status) then return {'ended'} end
local function number(name) return tonumber(redis.call('HGET', KEYS[1], name) or '0') or 0 end
if redis.call('HGET', KEYS[1], 'token') ~= token then
    if status == 'in_progress' then
        if number('best') > number('best_at_claim') then
            redis.call('HSET', KEYS[1], 'strikes', 1)
        else
            redis.call('HINCRBY', KEYS[1], 'strikes', 1)
        end
    end
    redis.call('HINCRBY', KEYS[1], 'attempt', 1)
    redis.call('HSET', KEYS[1], 'status', 'in_progress', 'token', token, 'worker', ARGV[4],
        'best_at_claim', number('best'))
    redis.call('HSETNX', KEYS[1], 'started_at', now)
    redis.call('ZREM', 'fazhi:queued', id)
    redis.call('ZADD', 'fazhi:running', now, id)
    touch(id)
end
return {'claimed', redis.call('HGETALL', KEYS[1]), redis.call('GET', 'fazhi:text:' .. id) or ''}
"""
)

_MINE: Final = """
if redis.call('HGET', KEYS[1], 'status') ~= 'in_progress' or redis.call('HGET', KEYS[1], 'attempt') ~= ARGV[2] then
    return 0
end
"""

# KEYS job. ARGV id, attempt, progress, parts read. -> 1, or 0 where the job is no longer this attempt's
PROGRESS: Final = (
    _TOUCH
    + _MINE
    + """
redis.call('HSET', KEYS[1], 'progress', ARGV[3])
if tonumber(ARGV[4]) > (tonumber(redis.call('HGET', KEYS[1], 'best') or '0') or 0) then
    redis.call('HSET', KEYS[1], 'best', ARGV[4])
end
touch(ARGV[1])
return 1
"""
)

# KEYS job. ARGV id, attempt, now, strikes to add, errors, '1' where the model is out of reach, '0' otherwise.
# -> 1: queued again; 0: not this attempt's. Until it is claimed it counts as unsent: its delivery may be gone.
HAND_BACK: Final = (
    _TOUCH
    + _MINE
    + """
redis.call('HSET', KEYS[1], 'status', 'queued', 'errors', ARGV[5])
redis.call('HINCRBY', KEYS[1], 'strikes', ARGV[4])
redis.call('HDEL', KEYS[1], 'token', 'worker')
if ARGV[6] == '1' then redis.call('HSETNX', KEYS[1], 'down_since', ARGV[3])
else redis.call('HDEL', KEYS[1], 'down_since') end
redis.call('ZREM', 'fazhi:running', ARGV[1])
redis.call('ZADD', 'fazhi:queued', ARGV[3], ARGV[1])
redis.call('ZADD', 'fazhi:unsent', ARGV[3], ARGV[1])
touch(ARGV[1])
return 1
"""
)

# KEYS job, result. ARGV id, attempt, now, status, errors, usage, result or '', result ttl ms, tombstone ttl ms,
# progress or ''. -> 1, 2 where this very end is already written, 0 where the job is no longer this attempt's
CONCLUDE: Final = (
    _TOUCH
    + """
if redis.call('HGET', KEYS[1], 'ended_by') == ARGV[2] then return 2 end
"""
    + _MINE
    + """
if ARGV[7] ~= '' then redis.call('SET', KEYS[2], ARGV[7], 'PX', ARGV[8]) end
if ARGV[10] ~= '' then redis.call('HSET', KEYS[1], 'progress', ARGV[10]) end
redis.call('HSET', KEYS[1], 'errors', ARGV[5], 'usage', ARGV[6], 'ended_by', ARGV[2])
finish(ARGV[1], ARGV[4], tonumber(ARGV[3]), tonumber(ARGV[8]), tonumber(ARGV[9]))
return 1
"""
)

# KEYS job. ARGV id, now, result ttl ms, tombstone ttl ms. -> 1 cancelled now, 0 had ended or is unknown
CANCEL: Final = (
    _TOUCH
    + """
local status = redis.call('HGET', KEYS[1], 'status')
if not status or is_terminal(status) then return 0 end
finish(ARGV[1], 'cancelled', tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4]))
return 1
"""
)

# KEYS job, owner. ARGV id, why, tombstone ttl ms. -> 1 buried, 0 unknown
BURY: Final = (
    _TOUCH
    + """
local owner = redis.call('HGET', KEYS[1], 'owner')
if not owner then
    redis.call('ZREM', 'fazhi:jobs', ARGV[1])
    redis.call('ZREM', 'fazhi:expiring', ARGV[1])
    return 0
end
if redis.call('HEXISTS', KEYS[1], 'gone') == 1 then return 1 end
local rev = redis.call('HGET', KEYS[1], 'rev')
redis.call('DEL', KEYS[1], 'fazhi:text:' .. ARGV[1], 'fazhi:result:' .. ARGV[1], 'fazhi:corrections:' .. ARGV[1])
redis.call('HSET', KEYS[1], 'id', ARGV[1], 'owner', owner, 'gone', ARGV[2], 'status', 'cancelled', 'rev', rev)
redis.call('PEXPIRE', KEYS[1], ARGV[3])
redis.call('ZREM', KEYS[2], ARGV[1])
for _, name in ipairs({'fazhi:jobs', 'fazhi:queued', 'fazhi:running', 'fazhi:unsent', 'fazhi:expiring'}) do
    redis.call('ZREM', name, ARGV[1])
end
touch(ARGV[1])
return 1
"""
)

# KEYS job. ARGV id, now. -> 1 queued again, 0 not one that can be (unknown, not ended, complete or its text gone)
RETRY: Final = (
    _TOUCH
    + """
local status = redis.call('HGET', KEYS[1], 'status')
if status ~= 'failed' and status ~= 'incomplete' and status ~= 'cancelled' then return 0 end
if redis.call('EXISTS', 'fazhi:text:' .. ARGV[1]) == 0 then return 0 end
redis.call('HSET', KEYS[1], 'status', 'queued', 'strikes', 0, 'errors', '[]', 'best', 0, 'best_at_claim', 0)
redis.call('HDEL', KEYS[1], 'completed_at', 'expires_at', 'started_at', 'usage', 'ended_by', 'progress', 'down_since')
redis.call('DEL', 'fazhi:result:' .. ARGV[1])
redis.call('PERSIST', KEYS[1])
redis.call('PERSIST', 'fazhi:text:' .. ARGV[1])
redis.call('ZREM', 'fazhi:expiring', ARGV[1])
redis.call('ZADD', 'fazhi:queued', ARGV[2], ARGV[1])
redis.call('ZADD', 'fazhi:unsent', ARGV[2], ARGV[1])
touch(ARGV[1])
return 1
"""
)

# KEYS result, corrections. ARGV body, the body that it takes the place of ('' where there is none).
# -> 'kept' as long as the result | 'changed' by somebody else meanwhile | 'gone' where there is no result
CORRECT: Final = """
local left = redis.call('PTTL', KEYS[1])
if left <= 0 then return 'gone' end
local kept = redis.call('GET', KEYS[2]) or ''
if kept ~= ARGV[1] and kept ~= ARGV[2] then return 'changed' end
redis.call('SET', KEYS[2], ARGV[1], 'PX', left)
return 'kept'
"""

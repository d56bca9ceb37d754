# Sourced by run, test and compatbot, and by interop and bench scripts: what a fresh Debian 12 machine needs.
# Every function writes to stderr only, so that a caller's output stays its own.

say() { printf '%s\n' "$*" >&2; }

fail() {
    say "compatbot: $*"
    exit 1
}

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        fail "packages are missing ($*), and there is neither root nor sudo: install them by hand, then start again"
    fi
}

# need_packages NAME...: installs the Debian packages that are missing. A mail server's package must not start its
# service (it would take a standard port), so a policy that forbids that stands while apt runs.
need_packages() {
    local missing=() name policy=/usr/sbin/policy-rc.d made=
    for name in "$@"; do
        dpkg-query -W -f='${Status}' "$name" 2>/dev/null | grep -q '^install ok installed$' || missing+=("$name")
    done
    [ ${#missing[@]} = 0 ] && return
    command -v apt-get >/dev/null || fail "install ${missing[*]} with your system's package tool, then start again"
    say "Installing ${missing[*]} ..."
    if [ ! -e "$policy" ]; then
        printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
        as_root chmod 755 "$policy"
        made=yes
    fi
    {
        as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" ||
            { as_root apt-get update -qq &&
                as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"; }
    } >&2 2>&1 </dev/null || { [ -n "$made" ] && as_root rm -f "$policy"; fail "apt-get could not install ${missing[*]}"; }
    if [ -n "$made" ]; then as_root rm -f "$policy"; fi
}

# The SDK, and the two libraries that the program loads.
need_program_parts() {
    command -v dotnet >/dev/null || fail "the .NET 10 SDK is missing: https://dotnet.microsoft.com/download/dotnet/10.0"
    dotnet --version >/dev/null 2>&1 || fail "no .NET SDK fits global.json (10.0.4xx): dotnet --list-sdks shows yours"
    need_packages libsodium23 libsqlite3-0
}

# build_program ROOT: builds the Release program unless it is newer than every source.
build_program() {
    local root=$1 output=$1/gateway/bin/Release/net10.0 stamp started
    stamp=$output/.built
    if [ -e "$stamp" ] && [ -e "$output/compatbot.dll" ] && [ -z "$(
        find "$root/core" "$root/storage" "$root/protocols" "$root/gateway" "$root"/*.props "$root"/global.json \
            \( -name obj -o -name bin \) -prune -o -type f -newer "$stamp" -print -quit
    )" ]; then
        return
    fi
    need_program_parts
    say "Building ..."
    mkdir -p "$output"
    started=$(mktemp "$output/.started.XXXXXX")
    # Two first starts at once must not build into each other.
    if ! flock "$output" dotnet build "$root/gateway/CompatBot.Gateway.csproj" -c Release -v q --nologo >"$output/.build.log" 2>&1; then
        cat "$output/.build.log" >&2
        rm -f "$started"
        fail "the build failed"
    fi
    mv "$started" "$stamp"
}

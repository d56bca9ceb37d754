# Sourced by run, test and compatbot, and by interop and bench scripts: what a fresh Debian 12 machine needs.
# Every function writes to stderr only, so that a caller's output stays its own.

say() { printf '%s\n' "$*" >&2; }

fail() {
    say "compatbot: $*"
    exit 1
}

# need_program_parts ROOT: the SDK, and the libraries that the program loads.
need_program_parts() {
    command -v dotnet >/dev/null || fail "the .NET 10 SDK is missing: https://dotnet.microsoft.com/download/dotnet/10.0"
    (cd "$1" && dotnet --version >/dev/null 2>&1) ||
        fail "no installed .NET SDK fits $1/global.json: dotnet --list-sdks shows yours"
    "$1/tests/tools/install.sh" run >&2 || fail "a library is missing, and it could not be installed"
}

# build_program ROOT: compiles the Release program to native code, unless it is newer than every source. It is $program then.
build_program() {
    local root=$1 output=$1/gateway/bin/Release/program stamp started
    program=$output/compatbot
    stamp=$output/.built
    if [ -e "$stamp" ] && [ -x "$program" ] && [ -z "$(
        find "$root/core" "$root/storage" "$root/protocols" "$root/gateway" "$root"/*.props "$root"/global.json \
            \( -name obj -o -name bin \) -prune -o -type f -newer "$stamp" -print -quit
    )" ]; then
        return
    fi
    need_program_parts "$root"
    say "Building, which takes some minutes ..."
    mkdir -p "$output"
    started=$(mktemp "$output/.started.XXXXXX")
    # Two first starts at once must not build into each other.
    if ! flock -o "$output" dotnet publish "$root/gateway/CompatBot.Gateway.csproj" -c Release -o "$output" -v q --nologo \
        >"$output/.build.log" 2>&1; then
        cat "$output/.build.log" >&2
        rm -f "$started"
        fail "the build failed"
    fi
    mv "$started" "$stamp"
}

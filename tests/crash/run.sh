#!/bin/bash
# tests/crash/run.sh [KILLS [SEED]]: kills a loaded server KILLS times (default 1000) and checks every promise it made.
set -euo pipefail
root=$(dirname "$(readlink -f "$0")")/../..
. "$root/.ci/prepare.sh"
build_program "$root"
dotnet build "$root/tests/crash" -c Release -v q --nologo >&2
export COMPATBOT_CRASH_KILLS=${1:-1000} COMPATBOT_CRASH_SEED=${2:-}
exec dotnet "$root/tests/crash/bin/Release/net10.0/CompatBot.CrashTests.dll" -noLogo -noColor -class CompatBot.CrashTests.KillTests

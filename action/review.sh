#!/usr/bin/env bash
# Solves a specification, compares it with the same file on the base branch, and holds both against gates.
#
#   SPEC      the specification, a path inside the repository
#   BASE      what to compare with, such as origin/main; empty: nothing
#   FAIL_ON   gates, one a line; those with "increase" or "decrease" compare with BASE
#   OUT       a folder for plan.json, base.json, report.html, decision.md and junit.xml
#   PLANNER   the command, `planner` unless told otherwise
#
# Prints annotations on stdout and appends the summary to $GITHUB_STEP_SUMMARY. Exits with 0, with 5 where a gate failed,
# with 3 where nothing can meet the request, with 4 where time ran out, with 2 where the specification is wrong.
set -euo pipefail

: "${SPEC:?name the specification}"
base=${BASE:-} out=${OUT:-planner-review}
read -ra planner <<<"${PLANNER:-planner}"
mkdir -p "$out"
out=$(cd "$out" && pwd)

status=0
"${planner[@]}" solve "$SPEC" --quiet -o json="$out/plan.json" -o html="$out/report.html" -o adr="$out/decision.md" || status=$?
if [[ $status -ne 0 && $status -ne 3 && $status -ne 4 ]]; then
  echo "::error file=$SPEC,title=planner::planner solve exited with $status"
  exit "$status"
fi

compared=()
if [[ -n $base ]] && git cat-file -e "$base:$SPEC" 2>/dev/null; then
  tree=$(mktemp -d)
  trap 'git worktree remove --force "$tree/base" >/dev/null 2>&1 || true; rm -rf "$tree"' EXIT
  git worktree add --quiet --detach "$tree/base" "$base"
  if (cd "$tree/base" && "${planner[@]}" solve "$SPEC" --quiet -o json="$out/base.json"); then
    compared=(--against "$out/base.json")
    "${planner[@]}" diff "$out/base.json" "$out/plan.json" --format github
  else
    echo "::notice title=planner::$SPEC has no plan on $base: nothing to compare with"
  fi
fi

gates=()
while IFS= read -r gate; do
  gate=${gate%$'\r'}
  [[ -z ${gate//[[:space:]]/} ]] && continue
  if [[ ${#compared[@]} -eq 0 && $gate =~ [[:space:]](increase|decrease)[[:space:]] ]]; then
    echo "::notice title=planner::not judged without an older plan: $gate"
    continue
  fi
  gates+=(--fail-on "$gate")
done <<<"${FAIL_ON:-}"

checked=0
"${planner[@]}" check "$out/plan.json" "$SPEC" "${compared[@]}" "${gates[@]}" -o github=- -o junit="$out/junit.xml" || checked=$?
if [[ $checked -ne 0 ]]; then exit "$checked"; fi
exit "$status"

# What the doubles of xl, virsh and mln share. One folder for each host, $HOST_FOLDER:
#   domains/NAME   a domain that runs there: one line `ID MEMORY_MB`
#   off/NAME       one that libvirt knows and that is shut off
#   knobs/NAME     how things are there; a line each, and nothing where the file is missing
#   calls          each call of a tool, a line
# Times are those of rigs/README.md, scaled down: a transfer takes $(knob steps) steps of $(knob step_s).
# shellcheck shell=sh
set -u
domains=$HOST_FOLDER/domains

# knob NAME [DEFAULT]
knob() {
  if [ -f "$HOST_FOLDER/knobs/$1" ]; then cat "$HOST_FOLDER/knobs/$1"; else printf '%s\n' "${2:-}"; fi
}

called() { printf '%s\n' "$*" >>"$HOST_FOLDER/calls"; }

# A tool that doesn't answer: `hang` names it, or it and its verb.
hang() {
  case " $(knob hang) " in *" $1 "*) exec sleep 1000 ;; esac
}

free_mb() {
  total=$(knob memory 4096)
  for each in "$domains"/*; do
    [ -f "$each" ] || continue
    read -r _ mb <"$each" && total=$((total - mb))
  done
  echo "$total"
}

next_id() {
  last=$(knob last_id 0)
  echo $((last + 1)) | tee "$HOST_FOLDER/knobs/last_id"
}

# A job of libvirt's: what goes on with a domain, and how much of it is left.
job() { printf '%s\n' "$2" >"$HOST_FOLDER/jobs/$1"; }
no_job() { rm -f "$HOST_FOLDER/jobs/$1"; }

# The receiver's half: pages on stdin, what happens on stdout. The domain is `$name$suffix` while it comes.
receive() {
  suffix=$1
  echo ready
  read -r name mb || exit 1
  coming=$domains/$name$suffix
  if [ "$suffix" = "" ]; then
    for each in "$coming" "$HOST_FOLDER/off/$name"; do [ ! -e "$each" ] || { echo exists; exit 1; }; done
    job "$name" Incoming
  fi
  echo "$(next_id) 0" >"$coming"
  trap 'rm -f "$coming"; no_job "$name"' EXIT
  while :; do
    read -r word || exit 1
    case $word in
      half) [ "$(free_mb)" -ge "$mb" ] || { echo memory; exit 1; } ;;
      end) break ;;
      page) ;;
      *) exit 1 ;;
    esac
  done
  read -r id _ <"$coming"
  [ "$(knob fail_late)" = "" ] || { echo late; exit 1; }
  if [ "$suffix" != "" ] && [ -e "$domains/$name" ]; then echo exists; exit 1; fi
  echo arrived
  # The sender has let go of it.
  read -r word || exit 1
  [ "$word" = go ] || exit 1
  trap - EXIT
  echo "$id $mb" >"$coming"
  [ "$suffix" = "" ] || mv "$coming" "$domains/$name"
  no_job "$name"
  echo running
}

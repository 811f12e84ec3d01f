# --- what all parts share ------------------------------------------------------------------------------

readonly CONF=/etc/vmmanage-host STATE=/var/lib/vmmanage-host PROGRAM=/usr/local/bin/vmmanage-host
readonly SUDOERS=/etc/sudoers.d/vmmanage-host

me=$(id -u) home='' new='' changes=0 findings=0

say() { printf '%s\n' "$*"; }
fail() { printf 'host-setup: %s\n' "$*" >&2; exit 1; }
changed() { changes=$((changes + 1)); say "$*"; }

# finding WHERE WHAT REMEDY
finding() {
  findings=$((findings + 1))
  if [ "$for_programs" = yes ]; then printf '%s\t%s\t%s\n' "$1" "$2" "$3"
  else printf '%s: %s\n    %s\n' "$1" "$2" "$3"; fi
}

# How to call for the same place again.
again='vmmanage host-setup'
[ "$account" = vmmanage-host ] || again="$again --account $account"
[ -z "$root" ] || again="$again --root $root"

# Never leaves a file aside.
clear_up() { [ -z "$new" ] || rm -rf -- "$new"; }
trap clear_up EXIT

need_root() {
  [ "$me" = 0 ] || [ -n "$root" ] || { say 'host-setup: only root may do this' >&2; exit 77; }
  [ -z "$root" ] || [ -d "$root/etc" ] || fail "there is no $root/etc: --root takes the folder of a whole system"
}

# Root's, or of whom does this in a folder of its own.
is_ours() { case $(stat -c %u -- "$1") in 0 | "$me") ;; *) return 1 ;; esac; }
is_loose() { [ -n "$(find "$1" -prune \( -perm -020 -o -perm -002 \))" ]; }

# check_way PATH: nobody else can have put anything in the way: no link, and root's folders alone.
check_way() {
  way=$root rest=${1#/}
  while [ "$rest" != "${rest#*/}" ]; do
    way=$way/${rest%%/*} rest=${rest#*/}
    [ ! -L "$way" ] || fail "$way is a link, which is not followed"
    [ -e "$way" ] || return 0
    [ -d "$way" ] || fail "$way is no folder"
    is_ours "$way" || fail "$way is not root's: chown root: $way"
    ! is_loose "$way" || fail "$way can be written by others than root: chmod go-w $way"
  done
  [ ! -L "$way/$rest" ] || fail "$way/$rest is a link, which is not followed"
}

# folder PATH MODE: is there; one that was there stays as it is.
folder() {
  check_way "$1/"
  [ ! -d "$root$1" ] || return 0
  mkdir -p -- "$root${1%/*}/"
  mkdir -m "$2" -- "$root$1"
  changed "made $1"
}

# begin PATH: the file is written anew in $new, beside it; finish puts it in its place.
begin() {
  check_way "$1"
  [ ! -e "$root$1" ] || [ -f "$root$1" ] || fail "$root$1 is no file"
  new=$(mktemp "$root${1%/*}/.vmmanage-host.XXXXXX")
  old=$root$1
  [ -e "$old" ] || old=/dev/null
}

# finish PATH MODE: replaces the file at once and whole, where anything about it is to be another.
finish() {
  if cmp -s "$new" "$root$1" && [ "$(stat -c %a "$root$1")" = "$2" ] && is_ours "$root$1"; then
    rm -f -- "$new"
  else
    [ "$me" != 0 ] || chown root:root "$new"
    chmod "$2" "$new"
    sync "$new" 2>/dev/null || sync
    mv -fT -- "$new" "$root$1"
    changed "wrote $1"
  fi
  new=''
}

# account_field N: of the account's line in passwd(5), or nothing.
account_field() {
  if [ -n "$root" ]; then cat "$root/etc/passwd"; else getent passwd "$account" || :; fi |
    awk -F: -v name="$account" -v field="$1" '$1 == name { print $field; exit }'
}

# Sets $home and $keys, the file of the guests' keys.
find_account() {
  home=$(account_field 6)
  case $home in
    '') keys='' ;;
    *..* | / | [!/]*) fail "the home of $account is $home, which can't be" ;;
    *) keys=$home/.ssh/authorized_keys ;;
  esac
}

need_installed() {
  need_root
  find_account
  { [ -n "$keys" ] && [ -x "$root$PROGRAM" ] && [ -d "$root$CONF" ]; } ||
    fail 'vmmanage-host is not installed here: run what vmmanage host-setup prints first'
  alone
}

# One of us at a time.
alone() {
  exec 9<"$root$CONF"
  flock -w 30 9 || fail 'another host-setup is running'
}

ending() {
  [ $changes -gt 0 ] || say 'nothing to change'
}

# Whether a file is vmmanage-host as it was put into this script.
is_program() { [ "$(sha256sum <"$1" | cut -d ' ' -f 1)" = "$digest" ]; }

# --- vms.conf ------------------------------------------------------------------------------------------

# The sections of vms.conf, in their order.
sections() {
  [ ! -f "$root$CONF/vms.conf" ] || awk '
    { sub(/^[ \t]+/, ""); sub(/[ \t]+$/, "") }
    /^\[.*\]$/ { print substr($0, 2, length($0) - 2) }' "$root$CONF/vms.conf"
}

# key_of VM KEY: what vms.conf says.
key_of() {
  awk -v vm="$1" -v key="$2" '
    { sub(/^[ \t]+/, ""); sub(/[ \t]+$/, "") }
    /^\[.*\]$/ { inside = $0 == "[" vm "]"; next }
    inside && /^[^#;]/ && (at = index($0, "=")) {
      name = substr($0, 1, at - 1); sub(/[ \t]+$/, "", name)
      value = substr($0, at + 1); sub(/^[ \t]+/, "", value)
      if (name == key) said = value
    }
    END { print said }' "$root$CONF/vms.conf"
}

has_section() { sections | grep -qxF -e "$1"; }

# wrong_section FOLDER VM: vmmanage-host itself judges a conf; sets $wrong. It is asked for a transfer that never was.
wrong_section() {
  aside=$(mktemp -d)
  if wrong=$("$root$PROGRAM" --conf "$1" --state "$aside" --vm "$2" status 00000000000000000000000000 2>&1); then
    wrong=''
  else
    wrong=$(printf '%s\n' "$wrong" | awk '{ last = $0; sub(/^reason=/, "", last) } END { print last }')
  fi
  rm -rf -- "$aside"
}

# --- keys ----------------------------------------------------------------------------------------------

# Lines `NUMBER VM KIND BLOB` of the account's keys; of a line that isn't exactly a guest's, `NUMBER - …`. Other keys of root's are its own.
key_lines() {
  [ ! -f "$root$keys" ] || awk -v mine="$([ "$account" = root ] || echo yes)" '
    /^[ \t]*(#|$)/ { next }
    /^command="vmmanage-host --vm [A-Za-z0-9][A-Za-z0-9._-]*",restrict (ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(256|384|521)) [A-Za-z0-9+\/]+=*( [^"]*)?$/ {
      vm = $3; sub(/".*/, "", vm)
      print NR, vm, $4, $5
      next
    }
    mine || /vmmanage-host/ { print NR, "-", "-", "-" }' "$root$keys"
}

# has_key VM, of such lines: is one of them this guest's?
has_key() { awk -v vm="$1" '$2 == vm { found = 1 } END { exit !found }'; }

fingerprint() { printf '%s %s\n' "$1" "$2" | ssh-keygen -lf - 2>/dev/null | awk '{ print $2 }'; }

# --- sshd ----------------------------------------------------------------------------------------------

sshd_says() { printf '%s\n' "$sshd_conf" | awk -v key="$1" '$1 == key { $1 = ""; print substr($0, 2) }'; }

# among LIST NAME…: is one of the names in the list, whose words may be patterns (and may say from where)?
among() {
  list=$1
  shift
  for each in $list; do
    for name in "$@"; do
      # shellcheck disable=SC2254 # these are patterns
      case $name in ${each%%@*}) return 0 ;; esac
    done
  done
  return 1
}

# What sshd would do with the account's keys, where it is installed; in another root only where its conf is named.
look_at_sshd() {
  { command -v sshd >/dev/null && { [ -z "$root" ] || [ -n "$sshd_config" ]; }; } || return 0
  where=${sshd_config:-/etc/ssh/sshd_config}
  if ! sshd_conf=$(sshd -T -f "$where" -C "user=$account,host=guest.invalid,addr=192.0.2.1" 2>&1); then
    finding "$where" "sshd does not take it: $(printf '%s\n' "$sshd_conf" | tail -n 1)" "sshd -t -f $where"
    return 0
  fi
  [ "$(sshd_says pubkeyauthentication)" = yes ] ||
    finding "$where" 'keys are not accepted' 'PubkeyAuthentication yes'
  command=$(sshd_says forcecommand)
  [ "${command:-none}" = none ] ||
    finding "$where" "ForceCommand runs instead of each guest's own command" "leave $account out of it by a Match block"
  [ "$(sshd_says permituserenvironment)" = no ] ||
    finding "$where" 'keys may set variables' 'PermitUserEnvironment no'
  for each in $(sshd_says acceptenv); do
    case $each in LANG | LC_* | COLORTERM | NO_COLOR) ;; *)
      finding "$where" "guests may set $each" "no AcceptEnv $each for $account" ;;
    esac
  done
  look_at_logins
  look_for_keys_file
}

look_at_logins() {
  [ "$account" != root ] || [ "$(sshd_says permitrootlogin)" != no ] ||
    finding "$where" 'root may not log in, not by a forced command either' 'PermitRootLogin forced-commands-only'
  groups=$(id -Gn "$account" 2>/dev/null) || groups=$account
  list=$(sshd_says allowusers)
  [ -z "$list" ] || among "$list" "$account" || finding "$where" "$account is not among AllowUsers" "AllowUsers … $account"
  list=$(sshd_says denyusers)
  ! among "$list" "$account" || finding "$where" "$account is among DenyUsers" 'take it out of there'
  list=$(sshd_says allowgroups)
  # shellcheck disable=SC2086 # words
  [ -z "$list" ] || among "$list" $groups || finding "$where" "no group of $account is among AllowGroups" "AllowGroups … ${groups%% *}"
  list=$(sshd_says denygroups)
  # shellcheck disable=SC2086 # words
  ! among "$list" $groups || finding "$where" "a group of $account is among DenyGroups" 'take it out of there'
}

look_for_keys_file() {
  [ -n "$keys" ] || return 0
  for each in $(sshd_says authorizedkeysfile); do
    case $each in
      "$keys" | "$root$keys" | .ssh/authorized_keys | %h/.ssh/authorized_keys) return 0 ;;
      *%u*) [ "${each%%%u*}$account${each#*%u}" != "$keys" ] || return 0 ;;
    esac
  done
  finding "$where" "sshd does not look into $keys" 'AuthorizedKeysFile .ssh/authorized_keys'
}

# What is wrong with sshd makes what was done useless.
need_sshd() {
  look_at_sshd
  [ $findings = 0 ] || fail "done, but guests can't log in yet, or could do more than they may: see above"
}

# --- audit ---------------------------------------------------------------------------------------------

# look_at PATH [REMEDY [OF_LINK]]: is there, no link, root's, and writable by nobody else; so are the folders on the way
# to it. The remedies are of what is missing, and of a link.
look_at() {
  way=$root rest=${1#/}/
  while [ -n "$rest" ]; do
    way=$way/${rest%%/*} rest=${rest#*/}
    case " $looked " in *" $way "*) continue ;; esac
    looked="$looked $way"
    if [ -L "$way" ]; then finding "$way" 'is a link' "${3:-put what it leads to in its place}"; return 1; fi
    if [ ! -e "$way" ]; then finding "$way" 'is missing' "${2:-$again --apply}"; return 1; fi
    is_ours "$way" || finding "$way" "is not root's" "chown root: $way"
    ! is_loose "$way" || finding "$way" 'can be written by others than root' "chmod go-w $way"
  done
}

# vmmanage-host refuses to work where anything in its conf folder is somebody else's.
look_at_conf() {
  before=$findings
  look_at "$CONF" || return 0
  while IFS= read -r each; do look_at "${each#"$root"}" || :; done <<END
$(find "$root$CONF" -mindepth 1)
END
  [ $findings != "$before" ] || conf_is_whole=yes
}

look_at_program() {
  look_at "$PROGRAM" || return 0
  if [ ! -x "$root$PROGRAM" ]; then
    finding "$PROGRAM" 'can not be run' "chmod 755 $PROGRAM"
    return 0
  fi
  if is_program "$root$PROGRAM"; then program_is_ours=yes
  else finding "$PROGRAM" "is not that of vmmanage $version" "$again --apply"; fi
}

look_at_account() {
  find_account
  if [ -z "$home" ]; then
    finding "$account" 'there is no such account' "$again --apply"
    return 0
  fi
  case $(account_field 7) in
    */nologin | */false) finding "$account" 'its shell runs no forced command' "usermod -s /bin/sh $account" ;;
  esac
  look_at_groups
  look_at "${keys%/*}" || return 0
  { [ ! -e "$root$keys" ] && [ ! -L "$root$keys" ]; } || look_at "$keys" || keys=''
  [ -n "$keys" ] || return 0
  [ "$account" = root ] || [ ! -s "$root${keys}2" ] ||
    finding "${keys}2" 'sshd may take keys from it, too' "rm ${keys}2"
}

look_at_groups() {
  [ "$account" != root ] || return 0
  groups=$(awk -F: -v name="$account" '$1 != name && ("," $4 ",") ~ ("," name ",") { print $1 }' "$root/etc/group" 2>/dev/null) || groups=''
  for each in $groups; do finding "$account" "may do what the group $each may" "gpasswd -d $account $each"; done
}

look_at_keys() {
  lines=$(key_lines)
  [ -n "$lines" ] || return 0
  seen='' names=''
  while read -r number vm kind blob; do
    if [ "$vm" = - ]; then
      finding "$keys:$number" 'is not exactly command="vmmanage-host --vm VM",restrict KEY' "remove the line, and add the guest by $again --add VM --key FILE --apply"
      continue
    fi
    [ -n "$(fingerprint "$kind" "$blob")" ] || finding "$keys:$number" 'holds no key' "$again --revoke $vm --apply"
    case " $seen " in *" $blob "*) finding "$keys:$number" 'the same key stands above; sshd takes that line' 'each guest needs a key of its own' ;; esac
    case " $names " in *" $vm "*) finding "$keys:$number" "$vm has another key above" "remove the line that is not $vm's" ;; esac
    seen="$seen $blob" names="$names $vm"
    has_section "$vm" || finding "$keys:$number" "$vm has a key, but no section in vms.conf" "$again --revoke $vm --apply"
  done <<END
$lines
END
}

look_at_sections() {
  all=$(sections)
  for vm in $all; do
    printf '%s\n' "$lines" | has_key "$vm" ||
      finding "$CONF/vms.conf" "$vm has a section, but no key" "$again --add $vm --key FILE --apply, or --revoke $vm"
    [ -n "$(key_of "$vm" hosts)$(key_of "$vm" base)" ] ||
      finding "$CONF/vms.conf" "$vm may go nowhere: it has neither hosts nor base" "$again --add $vm --hosts HOST,HOST --apply, or --revoke $vm"
    [ $program_is_ours$conf_is_whole != yesyes ] || judge "$vm"
    look_at_tool "$vm"
  done
  for vm in $(printf '%s\n' "$all" | sort | uniq -d); do
    finding "$CONF/vms.conf" "[$vm] stands there twice" 'make one section of the two'
  done
}

# What is run or read as root for this guest.
look_at_tool() {
  for each in $(commands_of "$(key_of "$1" tool)"); do
    path=$(key_of "$1" "$each")
    case $path in /*) ;; *) continue ;; esac
    before=$findings
    mend="$each of [$1] in $CONF/vms.conf"
    look_at "$path" "put it there, or mend $mend" "name what it leads to as $mend" || continue
    [ $findings = "$before" ] || continue
    case $each in
      mln_folder | mln_template) look_at_password "$path" ;;
      *) { [ -f "$root$path" ] && [ -x "$root$path" ]; } || finding "$path" 'can not be run' "chmod 755 $path" ;;
    esac
  done
}

commands_of() {
  case $1 in
    command) echo migrate locate cancel ;;
    mln) echo mln_folder mln_template ;;
  esac
}

# A project of MLN holds its password.
look_at_password() {
  told=$(find "$root$1" -type d ! -perm -001 ! -perm -010 -prune -o -type f \( -perm -004 -o -perm -040 ! -group 0 \) -print | head -n 1)
  [ -z "$told" ] || finding "${told#"$root"}" "can be read by others than root, and holds MLN's password" "chmod go-rwx ${told#"$root"}"
}

# What a transfer that broke off has left: it keeps its memory, and vmmanage-host takes it for one that comes.
look_for_leftovers() {
  { [ -z "$root" ] && command -v xl >/dev/null; } || return 0
  coming=$(list_incoming)
  [ -n "$coming" ] || return 0
  # The receiving half of xl migrate.
  set +f
  receiving=$(cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\0' '\n' | grep -cx migrate-receive) || :
  set -f
  [ "$receiving" = 0 ] || return 0
  # One that has arrived meanwhile is called otherwise.
  still=$(list_incoming)
  while read -r name id; do
    printf '%s\n' "$still" | grep -qxF -e "$name $id" || continue
    finding "$name" 'is left of a transfer that broke off: it keeps its memory, and counts against max_in' "xl destroy $id"
  done <<END
$coming
END
}

list_incoming() { timeout 10 xl list 2>/dev/null | awk 'NR > 1 && $1 ~ /--incoming$/ { print $1, $2 }' || :; }

# By vmmanage-host itself, where that is whole.
judge() {
  wrong_section "$root$CONF" "$1"
  [ -z "$wrong" ] || finding "$CONF/vms.conf" "[$1]: $wrong" 'mend the section; docs/providers.md has its keys'
}

# What the account may do as root: its guests' exact commands.
look_at_sudoers() {
  [ "$account" != root ] && [ -n "$home" ] || return 0
  has_sudo || finding sudo 'is missing' 'apt install sudo'
  look_at "$SUDOERS" || return 0
  grep -qxF -e "$SUDO_KEEPS" "$root$SUDOERS" ||
    finding "$SUDOERS" 'does not let pass what guests ask' "$again --apply"
  for vm in $(printf '%s\n' "$lines" | awk '$2 != "" && $2 != "-" { print $2 }' | sort -u); do
    grep -qxF -e "$(sudo_line "$vm")" "$root$SUDOERS" ||
      finding "$SUDOERS" "$vm has a key, but may not run vmmanage-host" "$again --add $vm --apply"
  done
  permitted=$(find "$root/etc/sudoers" "$root/etc/sudoers.d" -type f -exec awk -v name="$account" '
    !/^[ \t]*#/ && $0 ~ ("(^|[ \t,:])" name "([ \t,]|$)") { print FILENAME ":" $0 }' {} + 2>/dev/null) || :
  [ -z "$permitted" ] || while IFS= read -r each; do look_at_permission "${each%%:*}" "${each#*:}"; done <<END
$permitted
END
}

look_at_permission() {
  file=${1#"$root"}
  [ "$2" != "$SUDO_KEEPS" ] || return 0
  vm=${2##* }
  case $vm in
    *[!A-Za-z0-9._-]* | '') ;;
    *)
      if [ "$2" = "$(sudo_line "$vm")" ]; then
        printf '%s\n' "$lines" | has_key "$vm" ||
          finding "$file" "$vm is permitted, but has no key" "$again --revoke $vm --apply"
        return 0
      fi
      ;;
  esac
  finding "$file" "permits more than a guest's exact command: $2" 'remove the line'
}

main() {
  need_root
  looked='' lines='' program_is_ours=no conf_is_whole=no
  look_at_account
  [ -z "$keys" ] || look_at_keys
  look_at_conf
  look_at_program
  look_at_sudoers
  look_at_sshd
  look_at_sections
  [ ! -e "$root$STATE" ] || look_at "$STATE" || :
  look_for_leftovers
  [ $findings -gt 0 ] || [ "$for_programs" = yes ] || say 'nothing found'
  [ $findings = 0 ]
}

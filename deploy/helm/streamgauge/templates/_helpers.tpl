{{- define "streamgauge.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{/* 48 characters leave room for suffixes such as "-push-scrape". */}}
{{- define "streamgauge.fullname" -}}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 48 | trimSuffix "-" }}
{{- else if contains (include "streamgauge.name" .) .Release.Name }}
{{- .Release.Name | trunc 48 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name (include "streamgauge.name" .) | trunc 48 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{/* A StatefulSet's name may have 52 characters: its pods get a label with that name and 11 more characters. */}}
{{- define "streamgauge.trialRedisName" -}}
{{- printf "%s-trial-redis" (include "streamgauge.fullname" . | trunc 40 | trimSuffix "-") }}
{{- end }}

{{/* Labels that never change during the life of a release: selectors of a Deployment are immutable. */}}
{{- define "streamgauge.selectorLabels" -}}
app.kubernetes.io/name: {{ include "streamgauge.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "streamgauge.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{ include "streamgauge.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/part-of: streamgauge
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/* Without the chart's version, so that a change of the chart alone restarts nothing. */}}
{{- define "streamgauge.podLabels" -}}
{{ include "streamgauge.selectorLabels" . }}
app.kubernetes.io/part-of: streamgauge
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "streamgauge.serviceAccountName" -}}
{{- if .Values.serviceAccount.create }}
{{- default (include "streamgauge.fullname" .) .Values.serviceAccount.name }}
{{- else }}
{{- default "default" .Values.serviceAccount.name }}
{{- end }}
{{- end }}

{{/* The Maven module of a role, which is also the suffix of its image name. */}}
{{- define "streamgauge.module" -}}
{{- if eq . "aggregator" }}aggregator{{ else }}{{ . }}-api{{ end }}
{{- end }}

{{/* The image of a role. Argument: root, role. */}}
{{- define "streamgauge.image" -}}
{{- $image := .root.Values.image }}
{{- $own := (index .root.Values .role).image }}
{{- $registry := default $image.registry .root.Values.global.imageRegistry }}
{{- $repository := default (printf "%s-%s" $image.repository (include "streamgauge.module" .role)) $own.repository }}
{{- with $registry }}{{ . }}/{{ end }}{{ $repository }}
{{- if $own.digest }}@{{ $own.digest }}{{ else }}:{{ default .root.Chart.AppVersion (default $image.tag $own.tag) }}{{ end }}
{{- end }}

{{/* A third-party image. Argument: root, image. */}}
{{- define "streamgauge.otherImage" -}}
{{- with default .image.registry .root.Values.global.imageRegistry }}{{ . }}/{{ end }}{{ .image.repository }}:{{ .image.tag }}
{{- end }}

{{- define "streamgauge.imagePullSecrets" -}}
{{- with concat (default list .Values.global.imagePullSecrets) (default list .Values.imagePullSecrets) }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/* The environment variable of a setting. */}}
{{- define "streamgauge.variable" -}}
{{- . | upper | replace "." "_" | replace "-" "_" }}
{{- end }}

{{- define "streamgauge.text" -}}
{{- /* Helm reads large integers as floats, which would be written as 1e+06. */ -}}
{{- /* YAML reads an unquoted on or off as a boolean, and no setting of the chart is a boolean. */ -}}
{{- if kindIs "bool" . }}{{ ternary "on" "off" . }}{{ else if kindIs "float64" . }}{{ if eq . (floor .) }}{{ printf "%.0f" . }}{{ else }}{{ . }}{{ end }}{{ else }}{{ . }}{{ end }}
{{- end }}

{{/* A number as PromQL reads it. */}}
{{- define "streamgauge.number" -}}
{{- if kindIs "float64" . }}{{ printf "%.6f" . | regexFind "^[0-9]+(\\.[0-9]*[1-9])?" }}{{ else }}{{ . }}{{ end }}
{{- end }}

{{/* The thresholds of alerts by their names. Pushes are rejected above the ratio of the setting, so that alert uses it. */}}
{{- define "streamgauge.thresholds" -}}
{{- $thresholds := default dict .Values.prometheusRule.thresholds }}
{{- with index (default dict .Values.settings) "max-redis-memory-ratio" }}
{{- $thresholds = merge (dict "StreamgaugeRedisMemoryFull" .) $thresholds }}
{{- end }}
{{- toYaml $thresholds }}
{{- end }}

{{/* The address of Redis for a role. Argument: root, role. */}}
{{- define "streamgauge.redisHosts" -}}
{{- if .root.Values.trialRedis.enabled -}}
redis://{{ include "streamgauge.trialRedisName" .root }}:6379
{{- else -}}
{{- $user := "" }}
{{- if .root.Values.redis.existingSecret }}{{ $user = (index .root.Values.redis.users .role).name }}{{ end }}
{{- if $user }}{{ .root.Values.redis.hosts | replace "://" (printf "://%s@" $user) }}{{ else }}{{ .root.Values.redis.hosts }}{{ end }}
{{- end -}}
{{- end }}

{{- define "streamgauge.redisPort" -}}
{{- if .Values.trialRedis.enabled }}6379{{ else }}{{ regexFind ":[0-9]+(/|$)" .Values.redis.hosts | trimPrefix ":" | trimSuffix "/" | default "6379" }}{{ end }}
{{- end }}

{{- define "streamgauge.tenantsMounted" -}}
{{- if or .Values.tenants .Values.tenantsExistingSecret }}yes{{ end }}
{{- end }}

{{/* All variables of a role's container. Argument: root, role. */}}
{{- define "streamgauge.environment" -}}
{{- $values := .root.Values }}
{{- $own := index $values .role }}
- name: QUARKUS_REDIS_HOSTS
  value: {{ include "streamgauge.redisHosts" . | quote }}
{{- if $values.trialRedis.enabled }}
- name: QUARKUS_REDIS_PASSWORD
  valueFrom:
    secretKeyRef:
      name: {{ include "streamgauge.trialRedisName" .root }}
      key: password
{{- else if $values.redis.existingSecret }}
- name: QUARKUS_REDIS_PASSWORD
  valueFrom:
    secretKeyRef:
      name: {{ $values.redis.existingSecret }}
      key: {{ (index $values.redis.users .role).passwordKey }}
{{- end }}
{{- if and $values.redis.tls.existingSecret (not $values.trialRedis.enabled) }}
- name: QUARKUS_REDIS_TLS_CONFIGURATION_NAME
  value: redis
- name: QUARKUS_TLS_REDIS_TRUST_STORE_PEM_CERTS
  value: /etc/streamgauge/redis-tls/{{ $values.redis.tls.caKey }}
{{- end }}
- name: STREAMGAUGE_AUTH_MODE
  value: {{ $values.auth.mode }}
{{- /* Ingest has no admin API, so it does not get the administrator's key. */}}
{{- if and $values.auth.existingSecret $values.auth.adminKeyKey (ne .role "ingest") }}
- name: STREAMGAUGE_AUTH_ADMIN_KEY
  valueFrom:
    secretKeyRef:
      name: {{ $values.auth.existingSecret }}
      key: {{ $values.auth.adminKeyKey }}
{{- end }}
{{- if and $values.auth.existingSecret $values.auth.metricsKeyKey }}
- name: STREAMGAUGE_AUTH_METRICS_KEY
  valueFrom:
    secretKeyRef:
      name: {{ $values.auth.existingSecret }}
      key: {{ $values.auth.metricsKeyKey }}
{{- end }}
{{- if include "streamgauge.tenantsMounted" .root }}
- name: STREAMGAUGE_TENANTS_FILE
  value: /etc/streamgauge/tenants/tenants.yaml
{{- end }}
{{- if $values.overrides }}
- name: STREAMGAUGE_OVERRIDES_FILE
  value: /etc/streamgauge/limits/overrides.yaml
{{- end }}
{{- range $name, $value := $values.settings }}
- name: STREAMGAUGE_{{ include "streamgauge.variable" $name }}
  value: {{ include "streamgauge.text" $value | quote }}
{{- end }}
{{- range $name, $value := $values.limits }}
- name: STREAMGAUGE_LIMITS_{{ include "streamgauge.variable" $name }}
  value: {{ include "streamgauge.text" $value | quote }}
{{- end }}
{{- /* Settings of the aggregator are directly below "streamgauge.", those of the other roles below their role. */}}
{{- $prefix := eq .role "aggregator" | ternary "STREAMGAUGE_" (printf "STREAMGAUGE_%s_" (upper .role)) }}
{{- range $name, $value := $own.settings }}
- name: {{ $prefix }}{{ include "streamgauge.variable" $name }}
  value: {{ include "streamgauge.text" $value | quote }}
{{- end }}
{{- if $values.jsonLogs }}
- name: QUARKUS_LOG_CONSOLE_JSON_ENABLED
  value: "true"
{{- end }}
{{- with $own.javaOptions }}
- name: JDK_JAVA_OPTIONS
  value: {{ . | quote }}
{{- end }}
{{- with $own.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/* The paths of each role. Paths below /q/ are left out: they are for probes and for the platform's own Prometheus. */}}
{{- define "streamgauge.paths" -}}
ingest:
  - /api/v1/metrics
query:
  - /metrics
  - /tenants
  - /api/v1/dead-letters
  - /api/v1/usage
  - /api/v1/user_limits
  - /api/v1/sd
aggregator:
  - /api/v1/series
{{- if . }}
  - /api/v1/admin
{{- end }}
{{- end }}

{{/* The key for scraping the platform's own metrics, if there is one. */}}
{{- define "streamgauge.metricsAuthorization" -}}
{{- if and .Values.auth.existingSecret .Values.auth.metricsKeyKey }}
authorization:
  type: Bearer
  credentials:
    name: {{ .Values.auth.existingSecret }}
    key: {{ .Values.auth.metricsKeyKey }}
{{- end }}
{{- end }}

{{/* Checks that the schema cannot express. */}}
{{- define "streamgauge.validate" -}}
{{- $values := .Values }}
{{- if not (regexMatch "^[a-z]([-a-z0-9]*[a-z0-9])?$" (include "streamgauge.fullname" .)) }}
{{- fail (printf "fullnameOverride: %s would be no name for a Service, which has lower-case letters, digits and -, and begins with a letter" (include "streamgauge.fullname" .)) }}
{{- end }}
{{- if and (not $values.redis.hosts) (not $values.trialRedis.enabled) }}
{{- fail "redis.hosts: the address of Redis is missing, such as redis://redis.example.svc:6379; or set trialRedis.enabled=true for a trial" }}
{{- end }}
{{- if and $values.trialRedis.enabled (not $values.trialRedis.password) }}
{{- fail "trialRedis.password: is missing; letters, digits, - and _" }}
{{- end }}
{{- if and $values.redis.tls.existingSecret (hasPrefix "redis://" $values.redis.hosts) (not $values.trialRedis.enabled) }}
{{- fail "redis.hosts: rediss:// expected with redis.tls.existingSecret, because redis:// would send everything in clear text" }}
{{- end }}
{{- if and $values.tenants $values.tenantsExistingSecret }}
{{- fail "tenants and tenantsExistingSecret exclude each other: there is one tenants file" }}
{{- end }}
{{- if and $values.aggregator.autoscaling.enabled $values.aggregator.kedaAutoscaling.enabled }}
{{- fail "aggregator.autoscaling.enabled and aggregator.kedaAutoscaling.enabled exclude each other: two autoscalers of one Deployment undo each other's work" }}
{{- end }}
{{- if and $values.aggregator.kedaAutoscaling.enabled (not $values.aggregator.kedaAutoscaling.prometheusAddress) }}
{{- fail "aggregator.kedaAutoscaling.prometheusAddress: is missing; KEDA asks that Prometheus for the backlog" }}
{{- end }}
{{- if and $values.aggregator.kedaAutoscaling.authenticationRef (not $values.aggregator.kedaAutoscaling.authModes) }}
{{- fail "aggregator.kedaAutoscaling.authModes: is missing; without it KEDA ignores authenticationRef" }}
{{- end }}
{{- if and $values.aggregator.kedaAutoscaling.enabled (gt (int $values.aggregator.kedaAutoscaling.minReplicaCount) (int $values.aggregator.kedaAutoscaling.maxReplicaCount)) }}
{{- fail "aggregator.kedaAutoscaling.minReplicaCount: is greater than maxReplicaCount" }}
{{- end }}
{{- range $role := list "ingest" "aggregator" "query" }}
{{- $names := list }}
{{- range $variable := include "streamgauge.environment" (dict "root" $ "role" $role) | fromYamlArray }}
{{- if has $variable.name $names }}
{{- fail (printf "%s.extraEnv: %s would be there twice; change what the chart sets by its value" $role $variable.name) }}
{{- end }}
{{- $names = append $names $variable.name }}
{{- end }}
{{- $autoscaling := (index $values $role).autoscaling }}
{{- if and $autoscaling.enabled (gt (int $autoscaling.minReplicas) (int $autoscaling.maxReplicas)) }}
{{- fail (printf "%s.autoscaling.minReplicas: is greater than maxReplicas" $role) }}
{{- end }}
{{- end }}
{{- if and $values.ingress.enabled (not $values.ingress.hosts) }}
{{- fail "ingress.hosts: at least one host name expected" }}
{{- end }}
{{- if and $values.route.enabled (not $values.route.parentRefs) }}
{{- fail "route.parentRefs: at least one Gateway expected" }}
{{- end }}
{{- if and (eq $values.auth.mode "api-key") (not $values.tenantScrape.keySecret) $values.tenantScrape.enabled }}
{{- fail "tenantScrape: a key is missing; name a Secret in tenantScrape.keySecret, with a key of the scope query-all" }}
{{- end }}
{{- end }}

{{/* Whether "helm test" has a key, or can create one. */}}
{{- define "streamgauge.testable" -}}
{{- if or .Values.helmTest.keySecret (eq .Values.auth.mode "open") (and .Values.auth.existingSecret .Values.auth.adminKeyKey) }}yes{{ end }}
{{- end }}

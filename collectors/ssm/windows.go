package ssm

import (
	"context"
	"iter"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/aws/smithy-go/middleware"

	"github.com/auditseal/auditseal/collectors/cell"
	"github.com/auditseal/auditseal/collectors/evidence"
)

// patchDocuments are AWS's documents that patch.
var patchDocuments = []string{"AWS-RunPatchBaseline", "AWS-RunPatchBaselineAssociation", "AWS-RunPatchBaselineWithHooks"}

// windows emits the maintenance windows, and behind each its runs.
func (r *reader) windows(ctx context.Context) error {
	var broken error
	err := cell.Ordered(ctx, r.listedWindows(ctx, &broken), r.window, func(w windowRead) error {
		if err := r.c.Emit(w.Window); err != nil {
			return err
		}
		for _, x := range w.executions {
			if err := r.c.Emit(x); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	if broken != nil {
		r.c.Incomplete(broken, windowKind, executionKind)
	}
	return nil
}

// A listedWindow is an entry of the list and the page it stood on.
type listedWindow struct {
	types.MaintenanceWindowIdentity
	raw  object
	page middleware.Metadata
}

func (r *reader) listedWindows(ctx context.Context, broken *error) iter.Seq[listedWindow] {
	return func(yield func(listedWindow) bool) {
		seen := r.c.Once(windowKind, executionKind)
		p := ssm.NewDescribeMaintenanceWindowsPaginator(r.ssm, &ssm.DescribeMaintenanceWindowsInput{MaxResults: aws.Int32(100)})
		for p.HasMorePages() {
			page, err := p.NextPage(ctx)
			if err != nil {
				*broken = err
				return
			}
			raw, nameless := elements(page.ResultMetadata, "WindowIdentities"), false
			for n, x := range page.WindowIdentities {
				if deref(x.WindowId) == "" {
					nameless = true
					continue
				}
				if seen.First(*x.WindowId, page.ResultMetadata) && !yield(listedWindow{x, at(raw, n), page.ResultMetadata}) {
					return
				}
			}
			if nameless {
				r.c.Half(page.ResultMetadata, describeWindows, "MissingMember", "a maintenance window was listed without its id", nil, nil, windowKind, executionKind)
			}
		}
	}
}

// windowRead is a window with its runs.
type windowRead struct {
	*Window
	executions []*Execution
}

func (r *reader) window(ctx context.Context, l listedWindow) windowRead {
	w := &Window{Meta: r.c.Meta(r.arn("maintenancewindow/" + *l.WindowId)), WindowID: *l.WindowId, Name: cell.Text(deref(l.Name)), Schedule: cell.Text(deref(l.Schedule)),
		Timezone: cell.Text(deref(l.ScheduleTimezone)), Hours: number(l.Duration), Starts: cell.Text(deref(l.StartDate)), Ends: cell.Text(deref(l.EndDate)), Next: cell.Text(deref(l.NextExecutionTime))}
	r.c.Read(&w.Meta, l.page)
	if l.raw.has("Enabled") {
		w.Enabled = &l.Enabled
	} else {
		r.without(&w.Meta, l.page, describeWindows, "whether a window is enabled", "enabled")
	}
	if w.Schedule == nil {
		r.without(&w.Meta, l.page, describeWindows, "the schedule of a window", "schedule")
	}
	if w.Hours == nil {
		r.without(&w.Meta, l.page, describeWindows, "the duration of a window", "duration_hours")
	}
	r.targets(ctx, w)
	r.tasks(ctx, w)
	return windowRead{w, r.executions(ctx, w)}
}

func (r *reader) targets(ctx context.Context, w *Window) {
	n := 0
	w.Targets = &n
	p := ssm.NewDescribeMaintenanceWindowTargetsPaginator(r.ssm, &ssm.DescribeMaintenanceWindowTargetsInput{WindowId: &w.WindowID, MaxResults: aws.Int32(100)})
	for p.HasMorePages() {
		page, err := p.NextPage(ctx)
		if err != nil {
			w.Targets = nil
			r.c.Unknown(&w.Meta, err, "targets")
			return
		}
		r.c.Read(&w.Meta, page.ResultMetadata)
		n += len(page.Targets)
	}
}

func (r *reader) tasks(ctx context.Context, w *Window) {
	n, targeted, needing, patches, documents := 0, 0, 0, false, []string{}
	var untyped *middleware.Metadata
	p := ssm.NewDescribeMaintenanceWindowTasksPaginator(r.ssm, &ssm.DescribeMaintenanceWindowTasksInput{WindowId: &w.WindowID, MaxResults: aws.Int32(100)})
	for p.HasMorePages() {
		page, err := p.NextPage(ctx)
		if err != nil {
			r.c.Unknown(&w.Meta, err, "tasks", "targeted_tasks", "tasks_needing_targets", "task_documents", "patches")
			return
		}
		r.c.Read(&w.Meta, page.ResultMetadata)
		for _, t := range page.Tasks {
			document := deref(t.TaskArn)
			if document == "" {
				r.without(&w.Meta, page.ResultMetadata, describeTasks, "what a task runs", "tasks", "targeted_tasks", "tasks_needing_targets", "task_documents", "patches")
				return
			}
			n++
			if len(t.Targets) > 0 {
				targeted++
			}
			switch t.Type {
			case types.MaintenanceWindowTaskTypeAutomation, types.MaintenanceWindowTaskTypeLambda, types.MaintenanceWindowTaskTypeStepFunctions:
			case "":
				untyped = &page.ResultMetadata
			default:
				needing++
			}
			documents = append(documents, document)
			patches = patches || slices.Contains(patchDocuments, lastOf(document))
		}
	}
	slices.Sort(documents)
	w.Tasks, w.Targeted, w.Patches, w.Documents = &n, &targeted, &patches, slices.Compact(documents)
	if untyped != nil {
		r.without(&w.Meta, *untyped, describeTasks, "the type of a task", "tasks_needing_targets")
		return
	}
	w.NeedTargets = &needing
}

// executions reads the runs since the period began.
func (r *reader) executions(ctx context.Context, w *Window) []*Execution {
	var out []*Execution
	fields := []string{"executions", "last_status", "last_start"}
	fail := func(g evidence.Gap) {
		w.Executions, w.LastStatus, w.LastStart = nil, nil, nil
		w.Meta.UnknownBy(g, fields...)
	}
	seen := r.c.Once(executionKind)
	unsure := false
	var last middleware.Metadata
	p := ssm.NewDescribeMaintenanceWindowExecutionsPaginator(r.ssm, &ssm.DescribeMaintenanceWindowExecutionsInput{WindowId: &w.WindowID, MaxResults: aws.Int32(100),
		Filters: []types.MaintenanceWindowFilter{{Key: ptr("ExecutedAfter"), Values: []string{r.c.Period.From.UTC().Format(time.RFC3339)}}}})
	for p.HasMorePages() {
		page, err := p.NextPage(ctx)
		if err != nil {
			fail(r.c.Incomplete(err, executionKind))
			return out
		}
		md := page.ResultMetadata
		last = md
		r.c.Read(&w.Meta, md)
		odd := ""
		for _, x := range page.WindowExecutions {
			id := deref(x.WindowExecutionId)
			if id == "" {
				odd = "a run of a window without its id"
				continue
			}
			if !seen.First(id, md) {
				odd = "a run of a window that it had listed before"
				continue
			}
			e := &Execution{Meta: r.c.Meta(w.ID + "/execution/" + id), WindowID: w.WindowID, Window: w.Name, Enabled: w.Enabled, Status: string(x.Status), Details: cell.Text(deref(x.StatusDetails)),
				Started: cell.UTC(x.StartTime), Ended: cell.UTC(x.EndTime)}
			r.c.Read(&e.Meta, md)
			for _, u := range w.Unknown {
				if u.Field == "enabled" {
					e.Unknown = append(e.Unknown, evidence.Unknown{Field: "window_enabled", Gap: u.Gap, Code: u.Code})
				}
			}
			if e.Status == "" {
				r.without(&e.Meta, md, describeExecutions, "the status of a run", "status")
			}
			if e.Started == nil {
				r.without(&e.Meta, md, describeExecutions, "the beginning of a run", "started")
			}
			unsure = unsure || e.Status == "" || e.Started == nil
			out = append(out, e)
		}
		if odd != "" {
			fail(r.c.Half(md, describeExecutions, "UnreliableList", "AWS listed "+odd, nil, nil, executionKind))
			return out
		}
	}
	w.Executions = ptr(len(out))
	if unsure {
		r.without(&w.Meta, last, describeExecutions, "the status or beginning of a run", "last_status", "last_start")
		return out
	}
	for _, e := range out {
		if ended := !slices.Contains([]string{"PENDING", "IN_PROGRESS", "CANCELLING"}, e.Status); ended && (w.LastStart == nil || e.Started.After(*w.LastStart)) {
			w.LastStatus, w.LastStart = &e.Status, e.Started
		}
	}
	return out
}
